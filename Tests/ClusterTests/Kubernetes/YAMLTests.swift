// The YAML reader: what kubeconfigs write, and what somebody hostile would.

import Testing

@testable import Cluster

struct YAMLTests {
    private func read(_ text: String) throws -> YAMLNode {
        try #require(try YAMLNode.read(Array(text.utf8)))
    }

    private func failure(_ text: String) -> YAMLError? {
        do throws(YAMLError) {
            _ = try YAMLNode.read(Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test("blocks, flows, quotes, comments and JSON are read, with their lines")
    func reads() throws {
        let root = try read(
            "# a comment\na: plain\nb:\n- 'one'\n- \"t\\u0077o\"\nc: {d: [1, 2], e: true}\nf: |\n  line\n  line\ng: ~\nh: 'null'\n")
        #expect(root["a"]?.text == "plain")
        #expect(root["a"]?.line == 2)
        #expect(root["b"]?.list?.compactMap(\.text) == ["one", "two"])
        #expect(root["b"]?.list?.last?.line == 5)
        #expect(root["c"]?["d"]?.list?.count == 2)
        #expect(root["c"]?["e"]?.truth == true)
        #expect(root["f"]?.text == "line\nline\n")
        #expect(root["g"] == nil)
        #expect(root["h"]?.text == "null")
        #expect(try read(#"{"kind":"Config","users":[{"name":"u"}]}"#)["users"]?.list?.first?["name"]?.text == "u")
    }

    @Test("nothing is no document; of two documents the first is read")
    func documents() throws {
        #expect(try YAMLNode.read([]) == nil)
        #expect(try YAMLNode.read(Array("# only a comment\n".utf8)) == nil)
        #expect(try read("a: 1\n---\na: 2\n")["a"]?.text == "1")
    }

    @Test("an alias is what it stands for; of a key twice the last counts")
    func aliases() throws {
        let root = try read("base: &b {x: 1}\nother: *b\nkey: one\nkey: two\n")
        #expect(root["other"]?["x"]?.text == "1")
        #expect(root["key"]?.text == "two")
    }

    @Test("what is no YAML is refused with its line")
    func refused() {
        #expect(failure("a: 1\nb: [1, 2\nc: 3\n")?.line ?? 0 >= 2)
        #expect(failure("a: 1\n\tb: 2\n")?.line == 2)
        #expect(failure("a: *nobody\n")?.what == "an alias stands for nothing before it")
        #expect(failure("a: &a [*a]\n") != nil)
        #expect(failure("? [x]\n: y\n")?.what == "a key is no text")
        #expect(failure("a: \"\\0\"\n")?.what == "a text has a NUL in it")
        #expect(failure("a: \u{1}\n") != nil)
        var invalid = Array("a: ".utf8)
        invalid += [0xff, 0xfe, 0x0a]
        #expect(throws: YAMLError.self) { try YAMLNode.read(invalid) }
    }

    @Test("depth, number and length are bounded")
    func bounded() {
        #expect(failure(String(repeating: "[", count: 100_000))?.what == "it nests deeper than \(YAMLLimits.depth)")
        #expect(failure(String(repeating: "{a: ", count: 40) + String(repeating: "}", count: 40))?.what.contains("deeper") == true)
        #expect(failure(String(repeating: "x", count: YAMLLimits.bytes + 1))?.what.contains("longer") == true)
        #expect(failure("- x\n" + String(repeating: "- x\n", count: YAMLLimits.nodes))?.what.contains("more than") == true)
        // Ten levels of ten: ten thousand million values, were they made.
        var bomb = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<10 {
            let aliases = Array(repeating: "*l\(level - 1)", count: 10).joined(separator: ", ")
            bomb += "l\(level): &l\(level) [\(aliases)]\n"
        }
        #expect(failure(bomb)?.what.contains("more than") == true)
    }

    @Test("any cut of a good text, and any byte changed, is read or refused")
    func mutations() {
        let text = Array("a: &x {b: [1, 'two', \"th\\x72ee\"], c: |\n  block\n  more\n}\nd: *x\n# end\ne: >-\n  folded\n".utf8)
        for length in 0...text.count { _ = try? YAMLNode.read(Array(text.prefix(length))) }
        for index in text.indices {
            for byte: UInt8 in [0, 9, 10, 0x22, 0x26, 0x2a, 0x3a, 0x7b, 0x80, 0xff] {
                var changed = text
                changed[index] = byte
                _ = try? YAMLNode.read(changed)
            }
        }
    }
}
