import Testing

@testable import Aggregation

#if canImport(Glibc)
    import Glibc
#endif

/// Holds docs/query-language.md to what it says.
@Suite struct QueryPageTests {
    private struct Block {
        let kind: Substring
        let schema: Schema
        let lines: [String]
    }

    private func blocks() throws -> [Block] {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let lines = try #require(read("/" + root + "/docs/query-language.md")).split(separator: "\n", omittingEmptySubsequences: false)
        var blocks: [Block] = []
        var open: (kind: Substring, schema: Schema, lines: [String])?
        for line in lines {
            if line.hasPrefix("```") {
                if let block = open { blocks.append(Block(kind: block.kind, schema: block.schema, lines: block.lines)) }
                let words = line.dropFirst(3).split(separator: " ")
                open = nil
                if words.count == 2 { open = (words[0], try #require(Schema.named(String(words[1]))), []) }
            } else {
                open?.lines.append(String(line))
            }
        }
        return blocks
    }

    @Test("Every example of the page is understood")
    func examples() throws {
        let examples = try blocks().filter { $0.kind == "query" }
        #expect(examples.flatMap(\.lines).count > 30)
        for block in examples {
            for line in block.lines {
                #expect(throws: Never.self, "\(line)") { try Query.parse(line, schema: block.schema) }
            }
        }
    }

    @Test("Every mistake of the page is answered as the page shows it")
    func mistakes() throws {
        let mistakes = try blocks().filter { $0.kind == "mistake" }
        #expect(mistakes.count >= 7)
        for block in mistakes {
            do throws(QueryError) {
                _ = try Query.parse(block.lines[0], schema: block.schema)
                Issue.record("\(block.lines[0]) is no mistake")
            } catch {
                #expect(error.lines(for: block.lines[0]) == block.lines)
            }
        }
    }

    private func read(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
