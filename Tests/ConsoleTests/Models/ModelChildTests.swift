// The process of a model from outside: what it has of podglass's rights and descriptors, and what is left of it at the end.

import Aggregation
import CLinux
import Glibc
import Testing

@testable import Console

@Suite("A model's process") struct ModelChildTests {
    private func start(_ script: String) throws -> ModelChild {
        try ModelChild(try #require(ModelCommand(["/bin/sh", "-c", script])))
    }

    /// Reads until it has ended or the lines are there.
    private func lines(_ child: ModelChild, atLeast count: Int) -> [String] {
        var lines: [String] = []
        let isThere = Patience.until {
            let runs = child.read(at: Descriptor.now) { piece in
                if case .line(let bytes) = piece { lines.append(String(decoding: bytes, as: UTF8.self)) }
                return true
            }
            return !runs || lines.count >= count
        }
        #expect(isThere)
        return lines
    }

    @Test("it holds no capability, may gain none, and is the first to go where memory runs out")
    func rights() throws {
        let child = try start("exec sleep 600")
        let status = Patience.status(of: child.process)
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] { #expect(status[set] == "0000000000000000", "\(set)") }
        #expect(status["NoNewPrivs"] == "1")
        #expect(Patience.text("/proc/\(child.process)/oom_score_adj") == "1000\n")
        // Its niceness is the 19th word of its line.
        let words = (Patience.text("/proc/\(child.process)/stat") ?? "").split(separator: " ")
        #expect(words.count > 18 && words[18] == "10")
    }

    @Test("it has three pipes and nothing else that is open here, and a group and a session of its own")
    func descriptors() throws {
        let directory = TemporaryDirectory()
        TemporaryDirectory.write([1], to: directory.file("secret"))
        // Opened on purpose without O_CLOEXEC.
        let leaky = open(directory.file("secret"), O_RDONLY)
        defer { close(leaky) }
        let child = try start("exec sleep 600")
        let links = Patience.descriptors(of: "\(child.process)")
        #expect(links.keys.sorted() == [0, 1, 2])
        #expect(links.values.allSatisfy { $0.hasPrefix("pipe:") })
        #expect(getpgid(child.process) == child.process)
        #expect(getsid(child.process) == child.process)
    }

    @Test("no signal is blocked or ignored in it")
    func signals() throws {
        let child = try start("exec sleep 600")
        let status = Patience.status(of: child.process)
        #expect(status["SigBlk"] == "0000000000000000")
        // Signals 32 and 33 are the C library's own; it lets nobody touch them.
        let ignored = try #require(UInt64(status["SigIgn"] ?? "", radix: 16))
        #expect(ignored & ~(0b11 << 31) == 0)
    }

    @Test("of podglass's environment it gets what a program needs, and nothing that may be a secret")
    func environment() throws {
        setenv("PODGLASS_TEST_SECRET", "x", 1)
        let command = try #require(ModelCommand(["env"]))
        let child = try ModelChild(command)
        let names = lines(child, atLeast: .max).compactMap { $0.split(separator: "=").first.map(String.init) }
        #expect(!names.isEmpty)
        #expect(Set(names).isSubset(of: ModelCommand.inherited))
        unsetenv("PODGLASS_TEST_SECRET")
    }

    @Test("what cannot be started is said in a sentence, and leaves nothing")
    func notStarted() throws {
        let command = try #require(ModelCommand(["/nowhere/model\u{1b}"]))
        do {
            _ = try ModelChild(command)
            Issue.record("it started")
        } catch {
            #expect(error.reason == "cannot start /nowhere/model\\x1b: No such file or directory; check the path")
        }
        #expect(ModelCommand([]) == nil)
        #expect(ModelCommand([""]) == nil)
        #expect(ModelCommand(["sh", "a\0b"]) == nil)
    }

    @Test("it ends with this object, and with it what it started")
    func ends() throws {
        var child: ModelChild? = try start("sleep 600 & echo $!; wait")
        let process = try #require(child?.process)
        let started = try #require(child.flatMap { Int32(lines($0, atLeast: 1).first ?? "") })
        #expect(Patience.isAlive(started))
        child = nil
        #expect(Patience.isGone(process), "no zombie is left")
        // An orphan now, reaped by whoever reaps orphans here.
        #expect(Patience.until { !Patience.isAlive(started) })
    }

    @Test("how it ended is said, with the last line of its complaints, safe to print")
    func complaints() throws {
        let child = try start(#"echo first >&2; printf 'no module named \033[2Jtorch\n' >&2; exit 3"#)
        _ = lines(child, atLeast: .max)
        #expect(child.end() == "ended with status 3: no module named \\x1b[2Jtorch")
        let killed = try start("kill -9 $$")
        _ = lines(killed, atLeast: .max)
        #expect(killed.end() == "was ended by signal 9")
        let closed = try start("exec >&-; exec sleep 600")
        _ = lines(closed, atLeast: .max)
        #expect(closed.end() == "closed its output")
        #expect(Patience.isGone(closed.process))
    }

    @Test("endless complaints are read a piece at a time, and only the end of them is kept")
    func endless() throws {
        let child = try start("yes 'a warning' >&2")
        var now: UInt64 = 0
        for _ in 0..<50 {
            now += 1_000_000_000
            #expect(child.read(at: now) { _ in true })
            #expect(child.deadline(at: now).map { $0 > now } ?? true)
        }
        child.kill()
        #expect(child.end().hasSuffix("a warning") || child.end().contains("signal 9"))
    }

    @Test("lines that it does not read wait here, bounded, and writing never blocks")
    func unread() throws {
        let child = try start("exec sleep 600")
        let lines = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        // 64 MiB, of which a pipe and a queue take a few.
        for _ in 0..<64 { child.send(lines) }
        #expect(child.polled(at: 0)[0].fd >= 0, "it waits for room in the pipe")
    }

    @Test("what it does not read because it ended is no signal to us")
    func brokenPipe() throws {
        signal(SIGPIPE, SIG_IGN)
        let child = try start("exec <&-; echo closed; exec sleep 600")
        #expect(lines(child, atLeast: 1) == ["closed"])
        child.send(Array("a line\n".utf8))
        #expect(child.polled(at: 0)[0].fd == -1, "nothing waits for it any more")
    }
}
