// Holds the house's rules where a compiler cannot: who may import whom, where memory is handled by hand, what every file
// opens with. Reads the tree this file lies in. Rules that swift-format knows are checked by `make lint`.

import Foundation
import Testing

@Suite(.serialized) struct TidyTests {
    /// One text file of the tree.
    struct Source: Sendable {
        /// Relative to the root: Sources/Views/Grid.swift.
        let path: String
        let lines: [Substring]

        /// The module below Sources or Tests.
        var module: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
        var isOfSources: Bool { path.hasPrefix("Sources/") }

        /// Lines without comments and the insides of string literals; roughly, by line.
        let code: [(number: Int, text: String)]

        init(path: String, lines: [Substring]) {
            self.path = path
            self.lines = lines
            var isInText = false
            var code: [(number: Int, text: String)] = []
            for (index, line) in lines.enumerated() where path.hasSuffix(".swift") {
                if line.contains("\"\"\"") {
                    isInText.toggle()
                } else if !isInText {
                    code.append((index + 1, Self.bare(line)))
                }
            }
            self.code = code
        }

        private static func bare(_ line: Substring) -> String {
            var bare: [UInt8] = []
            var isQuoted = false
            var isEscaped = false
            for byte in line.utf8 {
                if isQuoted {
                    isQuoted = byte != UInt8(ascii: "\"") || isEscaped
                    isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
                    continue
                }
                if byte == UInt8(ascii: "\"") { isQuoted = true }
                bare.append(byte)
                if bare.suffix(2) == [UInt8(ascii: "/"), UInt8(ascii: "/")] { break }
            }
            return String(decoding: bare, as: UTF8.self)
        }

        var imports: Set<String> {
            Set(
                code.compactMap { line in
                    guard line.text.contains("import") else { return nil }
                    let words = line.text.split(separator: " ").filter { !$0.hasPrefix("@") && $0 != "private" && $0 != "internal" }
                    guard words.first == "import", words.count > 1 else { return nil }
                    return words.last.map(String.init)
                })
        }
    }

    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// Every text file of the tree that is not built, in order of its path.
    static let sources: [Source] = {
        let built: Set<String> = [".git", ".build", "build", "DerivedData"]
        let kinds: Set<String> = ["swift", "c", "h", "md", "yml", "yaml", "json", "modulemap", "Makefile", "txt", "run", ""]
        var paths: [String] = []
        func walk(_ directory: String) {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(directory)")) ?? [] {
                guard !built.contains(name), !name.hasPrefix(".build") else { continue }
                let path = directory.isEmpty ? name : "\(directory)/\(name)"
                var isDirectory: ObjCBool = false
                guard FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isDirectory) else { continue }
                if isDirectory.boolValue { walk(path) } else if kinds.contains((name as NSString).pathExtension) { paths.append(path) }
            }
        }
        walk("")
        return paths.sorted().compactMap { path in
            guard let text = try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8) else { return nil }
            return Source(path: path, lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        }
    }()

    /// What protoc made is not ours to format.
    static let swift = sources.filter { $0.path.hasSuffix(".swift") && !$0.path.hasPrefix("Sources/Cluster/Runtime/Generated/") }
    static let own = swift.filter(\.isOfSources)

    @Test("the tree was found") func found() {
        #expect(Self.own.count > 20)
    }

    @Test("data flows one way: each module imports only what lies before it")
    func imports() {
        let system: Set = ["Glibc", "Synchronization"]
        let allowed: [String: Set<String>] = [
            // No C, no files, no clock; Synchronization is the standard library's.
            "Aggregation": ["Synchronization"],
            "Probes": system.union(["Aggregation", "CProbes", "CLibbpf", "CLinux"]),
            // Libraries for what podglass does not exist for: gRPC, HTTP, TLS, protobuf, YAML.
            "Cluster": system.union([
                "Aggregation", "AsyncHTTPClient", "CLinux", "CYAML", "FoundationEssentials", "GRPCCore", "GRPCNIOTransportHTTP2Posix",
                "GRPCProtobuf",
                "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL", "SwiftProtobuf",
            ]),
            "Views": system.union(["Aggregation", "CNcurses"]),
            "Console": system.union(["Aggregation", "Probes", "Cluster", "Views", "CLinux", "CZlib", "CDemo", "CProbes", "ArgumentParser"]),
            "Bench": system.union(["Aggregation", "Probes", "Views"]),
        ]
        for source in Self.own {
            guard let allowed = allowed[source.module] else { continue }
            #expect(source.imports.subtracting(allowed).isEmpty, "\(source.path)")
        }
        let curses = Self.own.filter { $0.imports.contains("CNcurses") }.map(\.path)
        #expect(curses.count <= 1, "one file knows ncurses: \(curses)")
    }

    @Test("pointers stay at the edges", arguments: [#"Unsafe\w*Pointer|OpaquePointer|withUnsafe|unsafeBitCast"#])
    func unsafety(pattern: String) throws {
        let pointer = try Regex(pattern)
        for source in Self.own where source.module != "Probes" && source.module != "Console" {
            guard !source.path.hasPrefix("Sources/Views/Terminal/") else { continue }
            for line in source.code where line.text.contains("nsafe") || line.text.contains("Opaque") {
                #expect(!line.text.contains(pointer), "\(source.path):\(line.number)")
            }
        }
    }

    @Test("nothing traps on purpose: no try!, no as!, no forced unwrap")
    func forces() throws {
        let force = try Regex(#"\btry!|\bas!|[\w)\]>]!(?![=\w])"#)
        for source in Self.own {
            for line in source.code where line.text.contains("!") { #expect(!line.text.contains(force), "\(source.path):\(line.number)") }
        }
    }

    @Test("nothing is public, and no type is a manager of something")
    func names() throws {
        let access = try Regex(#"\b(public|open)\s+(func|var|let|struct|class|enum|protocol|extension|init|static)\b"#)
        let vague = try Regex(#"\b(struct|class|enum|actor|protocol)\s+\w*(Manager|Helper|Utils?|Utilities|Handler|Service)\b"#)
        for source in Self.own {
            for line in source.code {
                #expect(!line.text.contains(access), "\(source.path):\(line.number)")
                #expect(!line.text.contains(vague), "\(source.path):\(line.number)")
            }
        }
    }

    @Test("every file opens with what it is, and ends before it is too long")
    func files() {
        for source in Self.own {
            #expect(source.lines.first?.hasPrefix("//") == true, "\(source.path) opens without a comment")
        }
        for source in Self.swift + Self.sources.filter({ $0.path.hasPrefix("bpf/") }) {
            #expect(source.lines.count <= 400, "\(source.path) has \(source.lines.count) lines")
        }
    }

    @Test("the eBPF side says its licence, and each of its programs is embedded")
    func kernelSide() {
        let files = Self.sources.filter { $0.path.hasPrefix("bpf/") && ($0.path.hasSuffix(".c") || $0.path.hasSuffix(".h")) }
        let objects = files.first { $0.path == "bpf/objects.c" }?.lines.joined(separator: "\n") ?? ""
        for source in files {
            #expect(source.lines.first?.contains("SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0") == true, "\(source.path)")
            guard source.path.hasSuffix(".bpf.c") else { continue }
            let object = "build/" + source.path.dropFirst("bpf/".count).dropLast(2) + ".o"
            #expect(objects.contains(object), "\(source.path) is not embedded by bpf/objects.c")
        }
    }

    @Test("no file names a place on somebody's machine")
    func machines() throws {
        // /proc/1/root/ is a place on every machine. The brackets let this line pass.
        let place = try Regex(#"(^|[^\w/])/(work[/](main|shared)|tmp[/]wt|opt[/]swift|root[/])"#)
        for source in Self.sources {
            for (index, line) in source.lines.enumerated() {
                #expect(!line.contains(place), "\(source.path):\(index + 1)")
            }
        }
    }

    @Test("links between our documents lead somewhere")
    func links() {
        for source in Self.sources where source.path.hasSuffix(".md") {
            let directory = (source.path as NSString).deletingLastPathComponent
            for (index, line) in source.lines.enumerated() {
                for match in line.matches(of: /\]\(([^)\s]+)\)/) {
                    let target = match.1.prefix { $0 != "#" }
                    guard !target.isEmpty, !target.contains("://"), !target.hasPrefix("mailto:") else { continue }
                    let path = "\(Self.root)/\(directory)/\(target)"
                    #expect(FileManager.default.fileExists(atPath: path), "\(source.path):\(index + 1) → \(target)")
                }
            }
        }
    }

    @Test("every decision is listed")
    func decisions() {
        guard let list = Self.sources.first(where: { $0.path == "docs/decisions/README.md" }) else { return }
        let text = list.lines.joined(separator: "\n")
        for source in Self.sources where source.path.hasPrefix("docs/decisions/") && source.path != list.path {
            let name = (source.path as NSString).lastPathComponent
            #expect(text.contains(name), "docs/decisions/README.md does not list \(name)")
        }
    }

    @Test("scripts can be run and stop at the first mistake")
    func scripts() {
        for source in Self.sources where source.path.hasPrefix("scripts/") || source.path == ".ci/run" {
            guard (source.path as NSString).pathExtension.isEmpty else { continue }
            #expect(FileManager.default.isExecutableFile(atPath: "\(Self.root)/\(source.path)"), "\(source.path)")
            #expect(source.lines.first == "#!/usr/bin/env bash", "\(source.path)")
            #expect(source.lines.contains("set -euo pipefail"), "\(source.path)")
        }
    }
}
