import Testing

@testable import Aggregation

@Suite struct PatternTests {
    @Test(
        "A pattern is found where it should be",
        arguments: [
            ("a", "cab", true), ("a", "b", false), ("^a", "ba", false), ("a$", "ab", false), ("^$", "", true), ("^$", "a", false),
            ("", "", true),
            ("a.c", "abc", true), ("a.c", "ac", false), ("a|b", "xb", true), ("^(a|b)+$", "abba", true), ("^(a|b)+$", "abca", false),
            ("^a?b*c+$", "cc", true), ("^a?b*c+$", "aac", false), ("^a{2}$", "aa", true), ("^a{2}$", "aaa", false),
            ("^a{2,}$", "aaaa", true),
            ("^a{2,3}$", "a", false), ("^a{2,3}$", "aaa", true), ("^a{2,3}$", "aaaa", false), ("^a{0}$", "", true),
            ("^(ab){2}$", "abab", true),
            ("a{", "a{", true), ("a{x}", "a{x}", true), ("{2}", "{2}", true), ("^a*?$", "aaa", true), ("[a-c]", "xcx", true),
            ("[^a-c]", "abc", false),
            ("[]a]", "]", true), ("[^]a]", "]a", false), ("[a-]", "-", true), ("[-a]", "-", true), ("[\\d.]+$", "1.2", true),
            ("[\\]]", "]", true),
            ("[^\\D]", "x", false), ("\\d\\w\\s", "1_ ", true), ("\\D", "12", false), ("\\W", "a_1", false), ("\\S", " \t", false),
            ("\\bcart\\b", "shop/cart-1", true), ("\\bart", "cart", false), ("\\Bart", "cart", true), ("\\.", "a", false),
            ("\\.", ".", true),
            ("\\Aa\\z", "a", true), ("(?:ab)+c", "ababc", true), ("(?i)CaRt", "cArT", true), ("(?i)[a-z]+$", "ABC", true),
            ("(?i)[^a]", "A", false),
            ("(?i)É", "é", true), ("日本", "今日本", true), ("^.$", "日", true), ("^..$", "e\u{301}", true), ("e\u{301}+$", "e\u{301}", true),
            ("(|a)b", "b", true), ("(a|)+$", "aaa", true), ("()*", "", true), ("(a*)*", "b", true), ("(^|x)a", "a", true),
            ("a\\ b", "a b", true),
            ("^*a", "a", true), ("a\\é", "aé", true),
        ])
    func finds(pattern: String, text: String, verdict: Bool) throws {
        #expect(try Pattern(pattern).matches(text) == verdict)
    }

    @Test("Random patterns agree with Swift's Regex on every text of up to five letters")
    func oracle() throws {
        var random = SplitMix(seed: 3)
        var texts = [""]
        for length in 1...5 { texts += texts.filter { $0.count == length - 1 }.flatMap { [$0 + "a", $0 + "b"] } }
        for _ in 0..<150 {
            let source = PatternTests.random(&random, depth: 3)
            let pattern = try Pattern(source)
            let regex = try Regex(source)
            for text in texts { #expect(try pattern.matches(text) == (regex.firstMatch(in: text) != nil), "\(source) on \(text)") }
        }
    }

    private static func random(_ random: inout SplitMix, depth: Int) -> String {
        func inner() -> String { PatternTests.random(&random, depth: depth - 1) }
        switch depth > 0 ? Int.random(in: 0..<9, using: &random) : 8 {
        case 0: return inner() + "|" + inner()
        case 1, 2: return inner() + inner()
        case 3: return "(" + inner() + ")*"
        case 4: return "(?:" + inner() + ")+"
        case 5: return "(" + inner() + ")?"
        case 6: return "(" + inner() + "){1,2}"
        default: return ["a", "b", "ab", ".", "[ab]", "[^a]", "^", "$", "a"][Int.random(in: 0..<9, using: &random)]
        }
    }

    @Test(
        "What makes a backtracking matcher hang takes no time here", .timeLimit(.minutes(1)),
        arguments: ["(a|a)*b", "(a+)+b", "(a*)*b", "(.*)*(.*)*(.*)*b", "(a?){60}a{60}b", "(((((a*)*)*)*)*)*b"])
    func linear(pattern: String) throws {
        let pattern = try Pattern(pattern)
        #expect(!pattern.matches(String(repeating: "a", count: 2_000)))
        #expect(pattern.matches(String(repeating: "a", count: 2_000) + "b"))
    }

    @Test("A pattern that is too large is refused at once", .timeLimit(.minutes(1)))
    func large() throws {
        for source in ["((a{255}){255}){255}", "((((()){255}){255}){255}){255}", "(()|()|()){255}", String(repeating: "a", count: 513)] {
            do throws(QueryError) {
                _ = try Pattern(source)
                Issue.record("\(source) was taken")
            } catch {
                #expect(error.expected.contains("at most 512"))
            }
        }
        _ = try Pattern(String(repeating: "a", count: 512))
        _ = try Pattern(String(repeating: "(", count: 64) + String(repeating: ")", count: 64))
    }

    @Test("Any soup of a pattern's characters is taken or refused, with the place inside it")
    func fuzz() {
        var random = SplitMix(seed: 5)
        let alphabet = Array("aab()[]{}|*+?^$.\\\\dwbB,-:1290 é\u{301}]")
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...12, using: &random)
            let source = String((0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] })
            do throws(QueryError) {
                _ = try Pattern(source).matches("ab-1 é")
            } catch {
                #expect((0...source.count).contains(error.offset), "\(source)")
            }
        }
    }

    @Test(
        "Verdicts that cost something are remembered up to a limit, and all are right on many threads at once",
        arguments: [("7$", false), ("(x{200}|7)$", true)])
    func verdicts(pattern: String, areRemembered: Bool) async throws {
        let verdicts = Verdicts(try Pattern(pattern))
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask { (0..<20_000).allSatisfy { verdicts.matches("pod-\($0)") == ($0 % 10 == 7) } }
            }
            for await isRight in group { #expect(isRight) }
        }
        #expect(verdicts.knownCount <= Verdicts.limit)
        #expect((verdicts.knownCount > 0) == areRemembered)
    }
}
