// Clients in a pod: curl for single transfers, ab for many connections, Python for what no tool does. Each with what it
// saw itself.

package struct Transfer: Sendable {
    /// curl's exit status: 0 done, 7 refused, 28 timed out, 56 reset.
    package let status: Int32
    package let code: Int
    package let headerBytes: Int
    package let bodyBytes: Int
    package let requestBytes: Int
    package let seconds: Double
}

package struct LoadReport: Sendable {
    package let completed: Int
    package let failed: Int
}

extension Pod {
    /// `host` as it stands in a URL.
    package static func url(_ host: String, port: Int = 80, path: String = "/") -> String {
        "http://\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)"
    }

    package func curl(_ url: String, options: [String] = [], within limit: Duration = .seconds(120)) async throws -> Transfer {
        let format = "%{http_code} %{size_header} %{size_download} %{size_request} %{time_total}"
        let finished = try await run(["curl", "-sS", "-g", "-o", "/dev/null", "-w", format] + options + [url], within: limit)
        guard case .exited(let status) = finished.ending else { throw LabError("curl was killed") }
        let figures = finished.output.split(separator: " ").compactMap { Double($0) }
        guard figures.count == 5 else { throw LabError("curl: \(finished.errors)") }
        return Transfer(
            status: status, code: Int(figures[0]), headerBytes: Int(figures[1]), bodyBytes: Int(figures[2]),
            requestBytes: Int(figures[3]), seconds: figures[4])
    }

    /// `requests` connections, one request each, `concurrency` at a time. ab counts a connection when it sends its request,
    /// so near the end it opens up to `concurrency` more than it was asked for: nstat tells how many.
    package func ab(_ url: String, requests: Int, concurrency: Int, within limit: Duration = .seconds(120)) async throws -> LoadReport {
        let finished = try await run(["ab", "-q", "-n", "\(requests)", "-c", "\(concurrency)", url], within: limit)
        guard finished.ending == .exited(0) else { throw LabError("ab: \(finished.errors)") }
        func figure(_ title: String) -> Int? {
            let line = finished.output.split(separator: "\n").first { $0.hasPrefix(title) }
            return line?.split(separator: " ").last.flatMap { Int($0) }
        }
        guard let completed = figure("Complete requests:"), let failed = figure("Failed requests:") else {
            throw LabError("ab said: \(finished.output)")
        }
        return LoadReport(completed: completed, failed: failed)
    }

    /// Opens exactly `count` connections, one after the other, each with one request and one answer.
    package func connect(_ count: Int, to host: String, port: Int = 80, within limit: Duration = .seconds(120)) async throws {
        let source = """
            import socket
            for _ in range(\(count)):
                with socket.create_connection(("\(host)", \(port))) as s:
                    s.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
                    while s.recv(65536):
                        pass
            """
        let finished = try await run(["python3", "-c", source], within: limit)
        guard finished.ending == .exited(0) else { throw LabError("a connection failed: \(finished.errors)") }
    }

    /// A small Python program that goes on until it is stopped; returns when it has printed "ready".
    package func python(_ source: String, within limit: Duration = .seconds(10)) async throws -> Program {
        let program = try start(["python3", "-u", "-c", source])
        try await program.says("ready", within: limit)
        return program
    }
}
