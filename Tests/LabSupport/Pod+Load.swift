// Clients that make load: h2load and wrk, over connections that are kept; and one that sends bytes as no well-behaved client
// would. Each with what it saw itself.

import Foundation

/// What our own client does with one connection, step by step.
package enum Step: Sendable {
    /// In one segment, if it fits.
    case send(String)
    /// A segment each byte.
    case sendByteByByte(String)
    /// Bytes that are no text, random.
    case sendRandom(bytes: Int)
    case pause(milliseconds: Int)
    /// Reads until nothing has come for 150 ms, or the end.
    case listen
    /// Tells the other side that nothing more will be sent.
    case finish
    /// Closes with a reset.
    case reset

    fileprivate var words: [String] {
        switch self {
        case .send(let text): ["send", text]
        case .sendByteByByte(let text): ["bytes", text]
        case .sendRandom(let bytes): ["random", "\(bytes)"]
        case .pause(let milliseconds): ["pause", "\(milliseconds)"]
        case .listen: ["listen", ""]
        case .finish: ["finish", ""]
        case .reset: ["reset", ""]
        }
    }
}

extension Pod {
    /// `requests` in all over `connections` that are kept, `inFlight` at a time on each (HTTP/1 pipelining beyond one), the
    /// URLs in turn. All of them must be answered, with whatever status. Returns how long each took until its last byte,
    /// milliseconds, the shortest first.
    @discardableResult
    package func h2load(
        _ urls: [String], requests: Int, connections: Int, inFlight: Int = 1, options: [String] = [], within limit: Duration = .seconds(60)
    ) async throws -> [Double] {
        let list = directory + "/urls"
        try (urls.joined(separator: "\n") + "\n").write(toFile: list, atomically: true, encoding: .utf8)
        let finished = try await run(
            ["h2load", "--h1", "-n", "\(requests)", "-c", "\(connections)", "-m", "\(inFlight)", "-i", list, "--log-file", list + ".log"]
                + options, within: limit)
        // requests: 100 total, 100 started, 100 done, 100 succeeded, 0 failed, 0 errored, 0 timeout
        let line = finished.output.split(separator: "\n").first { $0.hasPrefix("requests:") } ?? ""
        guard finished.ending == .exited(0), line.contains(" \(requests) done,"), line.contains(" 0 errored") else {
            throw LabError("h2load: \(line) \(finished.errors)\(finished.output.suffix(500))")
        }
        defer { try? FileManager.default.removeItem(atPath: list + ".log") }
        // Start, status, microseconds.
        return try String(contentsOfFile: list + ".log", encoding: .utf8).split(separator: "\n")
            .compactMap { $0.split(separator: "\t").last.flatMap { Double($0) }.map { $0 / 1000 } }.sorted()
    }

    /// Asks for as long as it is told to; returns how many answers it read.
    package func wrk(_ url: String, connections: Int, seconds: Int) async throws -> Int {
        let finished = try await run(
            ["wrk", "-t", "1", "-c", "\(connections)", "-d", "\(seconds)s", url], within: .seconds(seconds + 20))
        // "  41832 requests in 3.01s, 49.75MB read"
        let line = finished.output.split(separator: "\n").first { $0.contains(" requests in ") } ?? ""
        guard finished.ending == .exited(0), let count = line.split(separator: " ").first.flatMap({ Int($0) }) else {
            throw LabError("wrk: \(finished.errors)\(finished.output)")
        }
        return count
    }

    /// One connection, step by step; returns what came back.
    @discardableResult
    package func converse(_ host: String, port: Int = 80, _ steps: [Step]) async throws -> String {
        try await converse(host, [(port: port, steps: steps)])
    }

    /// A connection each, all at once; returns what came back, of one after the other.
    @discardableResult
    package func converse(_ host: String, _ conversations: [(port: Int, steps: [Step])]) async throws -> String {
        let script = conversations.map { ["\($0.port)"] + $0.steps.flatMap(\.words) }
        let path = directory + "/conversations"
        try JSONEncoder().encode(script).write(to: URL(fileURLWithPath: path))
        let finished = try await run(["python3", "-c", Pod.conversation, host, path])
        guard finished.ending == .exited(0) else { throw LabError("the conversation failed: \(finished.errors)") }
        return finished.output
    }

    private static let conversation = #"""
        import json, os, socket, struct, sys, threading, time
        host, script = sys.argv[1], json.load(open(sys.argv[2]))
        heard = [b""] * len(script)
        def listen(peer, number):
            peer.settimeout(0.15)
            try:
                while chunk := peer.recv(1 << 20):
                    heard[number] += chunk
            except (TimeoutError, socket.timeout):
                pass
            peer.settimeout(10)
        def converse(number, port, words):
            peer = socket.create_connection((host, int(port)))
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                for verb, argument in zip(words[::2], words[1::2]):
                    if verb == "send":
                        peer.sendall(argument.encode())
                    elif verb == "bytes":
                        for byte in argument.encode():
                            peer.sendall(bytes([byte]))
                    elif verb == "random":
                        peer.sendall(os.urandom(int(argument)))
                    elif verb == "pause":
                        time.sleep(int(argument) / 1000)
                    elif verb == "listen":
                        listen(peer, number)
                    elif verb == "finish":
                        peer.shutdown(socket.SHUT_WR)
                    elif verb == "reset":
                        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except (BrokenPipeError, ConnectionResetError):
                pass
            peer.close()
        threads = [threading.Thread(target=converse, args=(number, *words[:1], words[1:])) for number, words in enumerate(script)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        sys.stdout.buffer.write(b"".join(heard))
        """#
}
