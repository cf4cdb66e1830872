import Testing

@testable import Aggregation

@Suite struct AddressTests {
    @Test("Every address prints as something that reads back as itself")
    func roundTrip() {
        var random = SplitMix(seed: 4)
        for round in 0..<20_000 {
            // Groups are often zero, so that runs of them are frequent.
            let groups = (0..<8).map { _ in random.next() % 3 == 0 ? random.next() & 0xffff >> (random.next() % 16) : 0 }
            let address =
                round % 4 == 0
                ? Address(ipv4: UInt32(truncatingIfNeeded: random.next()))
                : Address(high: groups[..<4].reduce(0) { $0 << 16 | $1 }, low: groups[4...].reduce(0) { $0 << 16 | $1 })
            #expect(Address(address.description) == address, "\(address)")
        }
    }

    @Test(
        "Addresses print as RFC 5952 asks",
        arguments: [
            ("2001:0db8:0:0:0:0:2:1", "2001:db8::2:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:DB8::A", "2001:db8::a"), ("::", "::"), ("0:0:0:0:0:0:0:1", "::1"),
            ("1:0:0:0:0:0:0:0", "1::"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("::ffff:10.0.0.1", "10.0.0.1"), ("::ffff:0a00:0001", "10.0.0.1"), ("0.0.0.0", "0.0.0.0"),
            ("255.255.255.255", "255.255.255.255"),
            ("::1.2.3.4", "::102:304"), ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
        ])
    func canonical(text: String, printed: String) {
        #expect(Address(text)?.description == printed)
    }

    @Test(
        "What is no address is refused",
        arguments: [
            "", ":", ":::", "1", "1:2", "1:2:", ":1:2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", ":2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "1::2::3",
            "::1:",
            ":1::", "12345::", "g::", "-0::", "+1::", "1::-0", " ::", "::1%eth0", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.", "01.2.3.4",
            "1.2.3.4 ", "1.2.3.-4", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
            "١.2.3.4",
        ])
    func refused(text: String) {
        #expect(Address(text) == nil)
    }

    @Test("No text crashes the reader, and what it takes it prints the same ever after")
    func fuzz() {
        var random = SplitMix(seed: 6)
        let alphabet = Array("0019af::::...g-+ ")
        for _ in 0..<50_000 {
            let text = String(
                (0..<Int.random(in: 0...14, using: &random)).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] })
            if let address = Address(text) { #expect(Address(address.description) == address, "\(text)") }
        }
    }

    @Test("Kinds of addresses are told apart")
    func kinds() throws {
        func address(_ text: String) throws -> Address { try #require(Address(text)) }
        #expect(
            try address("127.8.0.1").isLoopback && address("::1").isLoopback && !address("::2").isLoopback
                && !address("128.0.0.1").isLoopback)
        #expect(try address("0.0.0.0").isUnspecified && address("::").isUnspecified && !address("::1").isUnspecified)
        #expect(try address("169.254.1.1").isLinkLocal && address("fe80::1").isLinkLocal && address("febf::1").isLinkLocal)
        #expect(try !address("fec0::1").isLinkLocal && !address("169.253.1.1").isLinkLocal)
        #expect(try address("::ffff:1.2.3.4").isIPv4 && !address("::1.2.3.4").isIPv4)
        #expect(try address("10.0.0.2") < address("10.0.0.10") && address("10.0.0.2") < address("fe80::1"))
    }
}
