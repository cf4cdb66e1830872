// A datagram of connection tracking, whatever lengths it claims: it is read to its end once, and each message is told once.

@testable import Probes

func fuzz(_ bytes: [UInt8]) {
    var input = Input(bytes)
    let sequence = UInt32(input.byte())
    let datagram = input.rest
    var told = 0
    datagram.withUnsafeBytes { bytes in
        bounded("a datagram") {
            ConntrackMessages.read(bytes, sequence: sequence) { answer in
                told += 1
                if case .refused(let code) = answer { check(code != 0, "refused without a reason") }
            }
        }
    }
    // A message has a header of 16 bytes.
    check(told <= datagram.count / 16, "\(told) messages in \(datagram.count) bytes")
}
