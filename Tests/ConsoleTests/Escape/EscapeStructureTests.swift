// That nothing reaches a terminal but through the few files that EscapeTests and their own tests look at: read from the sources, so that
// a new way out is noticed when it is written. Bench is not shipped.

import Foundation
import Testing

@Suite("Ways out of podglass") struct EscapeStructureTests {
    /// Files of Swift and C that are shipped, with their lines as code.
    private static let shipped: [(path: String, lines: [(number: Int, text: String)])] = TidyTests.sources.compactMap { source in
        guard source.isOfSources, source.module != "Bench", !source.path.contains("/Generated/") else { return nil }
        if source.path.hasSuffix(".swift") { return (source.path, source.code) }
        guard source.path.hasSuffix(".c") else { return nil }
        return (source.path, source.lines.enumerated().map { ($0.offset + 1, String($0.element)) })
    }

    private static func name(_ path: String) -> String { (path as NSString).lastPathComponent }

    private func files(_ pattern: String, where isCounted: (String) -> Bool = { _ in true }) throws -> Set<String> {
        let regex = try Regex(pattern)
        return Set(Self.shipped.filter { $0.lines.contains { $0.text.contains(regex) && isCounted($0.text) } }.map { Self.name($0.path) })
    }

    @Test("one function says what a terminal could obey; JSON and the grid ask the same")
    func oneFunction() throws {
        // The width of a scalar is asked of its category, too.
        #expect(try files(#"generalCategory|isDefaultIgnorable"#) == ["Printable.swift", "Printable+Cells.swift"])
        #expect(try files(#"misleadsTerminal"#) == ["Printable.swift", "JSONWriter.swift", "HubbleFormat+Parts.swift", "Grid.swift"])
    }

    @Test("standard output and error are named by those that write to them, and else only asked what they are")
    func descriptors() throws {
        let writers: Set = [
            // Through `printable`, line by line.
            "Standard.swift",
            // What `RowLines`, `ObservationFormat` and `JSONWriter` made.
            "BoundedWriter.swift", "SnapshotLoop.swift", "ReplayLoop.swift", "ObserveRecordingLoop.swift",
            // Cells, the terminal's own sequences, OSC 52 in base64, and a sentence of our own in a crash.
            "terminal.c",
            // Names /dev/tty and the standard streams to close them, in a process of its own.
            "rights.c",
        ]
        let named = try files(#"STDOUT_FILENO|STDERR_FILENO|/dev/(stdout|stderr|tty)"#) {
            !$0.contains("isatty(") && !$0.contains("ioctl(") && !$0.contains("fcntl(")
        }
        #expect(named.isSubset(of: writers), "\(named.subtracting(writers))")
    }

    @Test("nothing prints by itself")
    func printing() throws {
        let names = "print|debugPrint|dump|fputs|puts|printf|fprintf|dprintf|fwrite|putchar|fputc|perror|syslog|NSLog"
        let printing = try Regex(#"(^|[^.\w])(Swift\.)?("# + names + #")\("#)
        for (path, lines) in Self.shipped {
            // A type's own function of that name hides the library's.
            let isOwn = lines.contains { $0.text.contains("func print(") }
            for line in lines where line.text.contains(printing) && !line.text.contains("func ") && !isOwn {
                Issue.record("\(path):\(line.number) prints: \(line.text)")
            }
        }
        #expect(try files(#"FileHandle|TextOutputStream|StreamLogHandler|Logger\("#).isEmpty)
    }

    @Test("write(2) and its likes are called where descriptors are owned")
    func writing() throws {
        let calls = try files(#"(^|[^.\w])(Glibc\.)?(write|pwrite|writev|sendfile|splice)\((descriptor|number|file|STD|fd|output|[012],)"#)
        {
            !$0.contains("func ")
        }
        let owners: Set = [
            // Lines and diagnostics.
            "Standard.swift", "BoundedWriter.swift", "Descriptor.swift",
            // One number to an eventfd.
            "Mailbox.swift", "Collector.swift", "ObservationQueue.swift", "ModelProcess.swift",
            // Questions to a model's process, through `JSONWriter`.
            "ModelChild.swift",
            "terminal.c",
        ]
        #expect(calls.union(["Descriptor.swift"]).isSubset(of: owners), "\(calls.subtracting(owners))")
        let glibc = try files(#"Glibc\.write\("#)
        #expect(glibc == ["Descriptor.swift"])
    }

    @Test("every format of lines is among those that EscapeTests looks at")
    func formats() throws {
        let conforming = try Regex(#"struct (\w+):[^{]*\b(RowLines|ObservationFormat)\b"#)
        var found: Set<String> = []
        for (_, lines) in Self.shipped {
            for line in lines {
                if let match = line.text.firstMatch(of: conforming), let name = match.output[1].substring { found.insert(String(name)) }
            }
        }
        #expect(found == Set(EscapeTests.formats))
    }

    @Test("cells are made by the grid alone, and only one file hands them to the terminal")
    func cells() throws {
        #expect(try files(#"[^.\w]Cell\("#) == ["Grid.swift", "Cell.swift"])
        #expect(try files(#"podglass_terminal_(row|write)\("#) == ["Terminal.swift", "terminal.c"])
    }
}
