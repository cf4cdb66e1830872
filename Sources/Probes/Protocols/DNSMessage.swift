// What a DNS message asks and answers, read by the parser that bpf/include/dns_answers.h is. A pure value, made from the
// bytes of an `answer_record`. The name was chosen by whoever asked; what is not printable ASCII in it is written `\DDD`.

import Aggregation
import CProbes

struct DNSMessage: Sendable, Equatable {
    /// Addresses kept of one answer. LIMIT_ANSWER_BYTES have room for thirty, so none of a record is left out.
    static let answerLimit = 32

    /// The name asked for: "example.org", "." for the root.
    let name: String
    /// The addresses in the answer, IPv4 and IPv6, in its order; empty for a query.
    let answers: [Address]
    /// For how many seconds all of them may be kept: the shortest time; 0 without an address.
    let timeToLive: UInt32

    /// nil where the bytes hold no question.
    init?(_ message: UnsafeBufferPointer<UInt8>) {
        guard let bytes = message.baseAddress, let length = UInt32(exactly: message.count) else { return nil }
        let text: String? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(DNS_TEXT_BYTES)) { text in
            guard let start = text.baseAddress, dns_read_name(bytes, length, start) > 0 else { return nil }
            return String(cString: start)
        }
        guard let text else { return nil }
        name = text
        var cursor = dns_answers_begin(bytes, length)
        var answer = dns_answer()
        var answers: [Address] = []
        var shortest: UInt32?
        while answers.count < DNSMessage.answerLimit, dns_next_answer(&cursor, bytes, length, &answer) != 0 {
            answers.append(Address(answer.address))
            shortest = min(shortest ?? .max, answer.seconds)
        }
        self.answers = answers
        timeToLive = shortest ?? 0
    }

    /// The message that follows an exchange in the ring; nil where it holds no question.
    init?(_ record: UnsafePointer<answer_record>) {
        let kept = min(Int(record.pointee.exchange.length), Int(LIMIT_ANSWER_BYTES.rawValue))
        let offset = MemoryLayout<answer_record>.offset(of: \.message) ?? MemoryLayout<exchange_record>.size
        let bytes = (UnsafeRawPointer(record) + offset).assumingMemoryBound(to: UInt8.self)
        self.init(UnsafeBufferPointer(start: bytes, count: kept))
    }
}
