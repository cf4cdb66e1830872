// What the first bytes of an HTTP/1 message are called, and where its target lies.

import CProbes
import Testing

@testable import Aggregation

@Suite struct HTTP1StartTests {
    /// As they are written in a request line, in the order of `enum http_method`.
    static let methods = ProtocolFacts.httpMethods.enumerated().dropFirst().map { (UInt32($0.offset), $0.element) }

    @Test("Every method is told from its line, and its target begins behind one space", arguments: methods)
    func method(number: UInt32, name: String) {
        for target in name == "CONNECT" ? ["a.b:443", "[::1]:443", "10.0.0.1:80"] : ["/", "/a?b", "*", "http://a/"] {
            let line = "\(name) \(target) HTTP/1.1\r\n"
            #expect(Start(line.utf8).method == number, "\(line)")
            #expect(http1_target(number) == name.utf8.count + 1)
            let length = Window(line.utf8).read { http1_target_length($0, $1, http1_target(number)) }
            #expect(length == UInt32(target.utf8.count))
        }
    }

    @Test("The beginning of a request line is undecided until the target's first byte", arguments: methods)
    func undecided(number: UInt32, name: String) {
        let line = Array("\(name) \(name == "CONNECT" ? "a" : "/")".utf8)
        for known in 0..<line.count { #expect(Start(line.prefix(known)).method == HTTP1_UNDECIDED.rawValue, "\(name) \(known)") }
        #expect(Start(line).method == number)
    }

    @Test(
        "What is no request line is none",
        arguments: [
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET key\r\n", "get / HTTP/1.1\r\n", "GET  / HTTP/1.1", "GETS / HTTP/1.1",
            "GET\t/ HTTP/1.1",
            "POST\r\n", "COPY a b\r\n", "PROPFINDS / ", "PROPPATCH1/ ", "PROPPATC / ", "\u{16}\u{3}\u{1}\u{2}", "SSH-2.0-OpenSSH",
            "*1\r\n$4\r\nPING\r\n",
            "GET \u{0}/ HTTP", "GET hello", "CONNECT /a HTTP/1.1", "HTTP/1.1 200 OK\r\n", "\r\nGET / HTTP/1.1", "HELLO\r\n", "\0\0\0\0",
        ])
    func none(text: String) {
        #expect(Start(text.utf8).method == HTTP_NONE.rawValue)
    }

    @Test("An absolute target is undecided until http is there")
    func absolute() {
        let line = Array("GET HtTp://a/".utf8)
        for known in 4..<8 { #expect(Start(line.prefix(known)).method == HTTP1_UNDECIDED.rawValue) }
        #expect(Start(line.prefix(8)).method == HTTP_GET.rawValue)
    }

    @Test("Every status from 100 to 599 is told from its line, no other is")
    func statuses() {
        for number in 0...999 {
            let digits = String(String(1000 + number).dropFirst())
            for version in ["1.0", "1.1"] {
                for end in ["", " ", " OK\r\n", "\r\n", "\n"] {
                    let status = Start("HTTP/\(version) \(digits)\(end)".utf8).status
                    #expect(status == (100...599 ~= number ? UInt32(number) : 0), "\(version) \(digits)")
                }
            }
        }
    }

    @Test("A status line is undecided until its digits are there, and none as soon as a byte is wrong")
    func undecidedStatus() {
        let line = Array("HTTP/1.1 404 Not Found\r\n".utf8)
        for known in 0..<12 { #expect(Start(line.prefix(known)).status == UInt32(HTTP1_UNDECIDED_STATUS)) }
        for known in 12...line.count { #expect(Start(line.prefix(known)).status == 404) }
        for wrong in 0..<13 {
            var broken = line
            broken[wrong] = 0x7f
            for known in (wrong + 1)...line.count { #expect(Start(broken.prefix(known)).status == 0, "\(wrong) \(known)") }
        }
    }

    @Test("A target ends at the first byte that none may hold, or with the window")
    func targets() {
        for length in 0...Window.payload {
            for end in [" ", "\r", "\n", "\t", "\0", "\u{1b}", ""] {
                let line = Array("GET ".utf8) + [UInt8](repeating: UInt8(ascii: "a"), count: length) + Array(end.utf8)
                let found = Window(line).read { http1_target_length($0, $1, 4) }
                #expect(found == UInt32(min(length, Window.payload - 4)), "\(length) \(end.utf8.map { $0 })")
            }
        }
        #expect(Window("GET /\u{e9}\u{20ac} HTTP/1.1".utf8).read { http1_target_length($0, $1, 4) } == 6)
        #expect(Window("GET".utf8).read { http1_target_length($0, $1, 4) } == 0)
    }
}
