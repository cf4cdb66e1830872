import Aggregation
import Testing

@testable import Console

@Suite("Reading TOML") struct TOMLReaderTests {
    /// The document in one line, keys with their lines.
    private func read(_ text: String) -> String {
        let (members, mistakes) = TOMLReader.read(Array(text.utf8))
        return (members.map(written) + mistakes.map { "!\($0.line) \($0.sentence)" }).joined(separator: " ")
    }

    private func written(_ member: TOMLNode.Member) -> String { "\(member.key)@\(member.line)=\(written(member.node))" }

    private func written(_ node: TOMLNode) -> String {
        switch node.value {
        case .table(let members): "{" + members.map(written).joined(separator: " ") + "}"
        case .array(let nodes): "[" + nodes.map(written).joined(separator: " ") + "]"
        case .text(let text): "\"\(text)\""
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .boolean(let holds): "\(holds)"
        }
    }

    @Test(
        "what toml.io allows is read",
        arguments: [
            ("", ""), ("# only\r\n\n", ""), ("a=1", "a@1=1"), ("a = 1 # one\nb = -2\n", "a@1=1 b@2=-2"),
            ("a = 0xff\nb = 0o17\nc = 0b11\nd = 1_000\ne = +5", "a@1=255 b@2=15 c@3=3 d@4=1000 e@5=5"),
            ("a = 1.5\nb = -2e3\nc = 0.5\nd = 6.02_2e1", "a@1=1.5 b@2=-2000.0 c@3=0.5 d@4=60.22"),
            ("a = true\nb = false", "a@1=true b@2=false"), (#"a = "x\ty\"\\\u00e9\U0001F600""#, "a@1=\"x\ty\"\\é😀\""),
            (#"a = 'c:\x'"#, "a@1=\"c:\\x\""), ("a = \"\"\"\nx\ny\"\"\"", "a@1=\"x\ny\""), ("a = '''\r\n'x''''", "a@1=\"'x'\""),
            ("a = \"\"\"x \\\n\n   y\"\"\"", "a@1=\"x y\""), ("a = \"\"", "a@1=\"\""), ("a = \"\"\"\"\"\"", "a@1=\"\""),
            ("a = [1, 2 , 3,]", "a@1=[1 2 3]"), ("a = [ # x\n  \"b\", # y\n  [1],\n  []\n]\nc = 1", "a@1=[\"b\" [1] []] c@6=1"),
            ("a = { b = 1, c.d = \"x\" }", "a@1={b@1=1 c@1={d@1=\"x\"}}"), ("a = {}", "a@1={}"),
            ("a.b.c = 1\na.d = 2", "a@1={b@1={c@1=1} d@2=2}"),
            ("[a]\nx = 1\n[a.b]\ny = 2\n[ c . \"d e\" ]\nz = 3", "a@1={x@2=1 b@3={y@4=2}} c@5={d e@5={z@6=3}}"),
            ("[a.b]\nx = 1\n[a]\ny = 2", "a@1={b@1={x@2=1} y@4=2}"), ("[[a]]\nx = 1\n\n[[a]]\n[a.b]\ny = 2", "a@1=[{x@2=1} {b@5={y@6=2}}]"),
            ("1 = 1\n-_ = 2\n\"\" = 3", "1@1=1 -_@2=2 @3=3"), ("\"a.b\" = 1", "a.b@1=1"),
        ])
    func reading(text: String, tree: String) { #expect(read(text) == tree) }

    @Test(
        "a mistake has its line, and leaves out its section alone",
        arguments: [
            ("a = 1\n[b]\nx\n[c]\ny = 2", "a@1=1 c@4={y@5=2} !3 a key has no value"),
            ("a = \n[c]\ny = 2", "c@2={y@3=2} !1 a value is missing"), ("[=\n[c]\ny = 2", "c@2={y@3=2} !1 a name is missing"),
            ("[[b]]\nx = 1\n[[b]]\nx = 1979-05-27\n[[b]]\nx = 3", "b@1=[{x@2=1} {x@6=3}] !4 “1979-05-27” is no value"),
            ("[a]\nx = 1 2\n", "!2 something stands behind the value"), ("[a] x\n", "!1 something stands behind the value"),
            ("x = 1\nx = 2\n[b]\ny = 1", "b@3={y@4=1} !2 “x” is there already"),
            ("[a]\n[a]\nx = 1\n[b]", "a@1={} b@4={} !2 “a” is there already"),
            ("a = 1\n[a]\nx = 1", "a@1=1 !2 “a” is there already"), ("a = 1\n[a.b]\nx = 1", "a@1=1 !2 “a” is no table"),
            ("[a]\nx = \"\"\"y\n[b]\ny = 1", "b@3={y@4=1} !2 a text has no end"),
            ("[a]\nx = {y = 1\n[b]", "b@3={} !2 a table within a line has no end"),
            ("[a]\nx = [1\n[b]\ny = 1", "b@3={y@4=1} !2 a list has no end"), ("[a]\nx = [1, 2", "!2 a list has no end"),
            ("[a\n[b]", "b@2={} !1 the header is not closed"), ("x = \"\\q\"", "!1 there is no such escape"),
            ("x = \"\\ud800\"", "!1 an escape names no character"), ("x = 01", "!1 “01” is no value"),
            ("x = 1__0", "!1 “1__0” is no value"),
            ("x = 99999999999999999999", "!1 “99999999999999999999” is no value"), ("x = 1.", "!1 “1.” is no value"),
            ("x = \"a\u{7}\"", "!1 a control character stands in a text"), ("é = 1", "!1 a name is missing"),
        ])
    func mistakes(text: String, tree: String) { #expect(read(text) == tree) }

    @Test("numbers that are large but no whole ones stay out, and depth is bounded")
    func bounds() {
        #expect(read("x = " + String(repeating: "[", count: 100_000)) == "!1 lists and tables stand too deep in each other")
        #expect(read("x = " + String(repeating: "{a=", count: 100_000)).hasSuffix("stand too deep in each other"))
        #expect(read("x" + String(repeating: ".x", count: 100_000) + " = 1") == "!1 a key has too many parts")
        #expect(TOMLReader.read([UInt8(ascii: "a"), UInt8(ascii: "="), UInt8(ascii: "\""), 0xff, UInt8(ascii: "\"")]).mistakes.count == 1)
    }

    @Test("a megabyte of any kind is read in linear time: each ends in a moment")
    func size() {
        for piece in ["a = 1\n", "[[a]]\n", "[", "[a]\n", "\"", "'''", "x = [\n", "a.b.c=1\n", "#", "\n"] {
            let text = String(repeating: piece, count: Configuration.fileSize / piece.utf8.count)
            _ = TOMLReader.read(Array(text.utf8))
        }
        let many = (0..<60_000).map { "k\($0) = 1\n" }.joined()
        #expect(TOMLReader.read(Array(many.utf8)).members.count == 60_000)
    }

    @Test("no bytes crash it, and cutting a file anywhere leaves what is before the cut section", arguments: 0..<8 as Range<UInt64>)
    func random(seed: UInt64) {
        let text = Array("[a]\nx = [1, {b = \"\\u0041\"}]\n[[r]]\ny = '''z\n'''\n[[r]]\n\"k\".l = -1.5e3 # c\n".utf8)
        for end in 0...text.count { _ = TOMLReader.read(Array(text[..<end])) }
        var state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1
        func next() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33)
        }
        let letters = Array("[]{}=\"'\\.,#\n\r\t aZ_-+01eux\u{7f}é".utf8) + [0, 0xff]
        for _ in 0..<3_000 {
            var bytes = text
            for _ in 0..<(1 + next() % 6) {
                let place = next() % bytes.count
                if next() % 2 == 0 {
                    bytes[place] = letters[next() % letters.count]
                } else {
                    bytes.insert(letters[next() % letters.count], at: place)
                }
            }
            let (_, mistakes) = TOMLReader.read(bytes)
            for mistake in mistakes { #expect(mistake.line >= 1 && mistake.sentence == mistake.sentence.printable) }
        }
    }
}
