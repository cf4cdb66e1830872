// A DNS message as the ring brings it: a name that can be shown, at most so many answers.

@testable import Probes

func fuzz(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { bytes in
        guard let message = DNSMessage(bytes) else { return }
        check(!message.name.isEmpty && message.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }, "the name \(message.name)")
        check(message.answers.count <= DNSMessage.answerLimit, "\(message.answers.count) answers")
        check(!message.answers.isEmpty || message.timeToLive == 0, "kept for long, and nothing to keep")
    }
}
