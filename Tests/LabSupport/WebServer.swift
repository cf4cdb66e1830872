// nginx in a pod, with a configuration, a document root and a log of its own. Its log is the truth about requests and bytes:
// a line a request, written when its response is done; $bytes_sent counts headers and body as nginx handed them to its socket.

import Foundation

package struct WebServer {
    package struct LoggedRequest: Sendable {
        package let status: Int
        /// Response bytes, headers included.
        package let sentBytes: Int
        /// Request bytes: line, headers and body.
        package let receivedBytes: Int
        /// "-" where nginx could not read the request line.
        package let method: String
        /// The port that was asked.
        package let port: Int
        /// nginx's number of the connection.
        package let connection: Int
        /// From the request's first byte, as nginx read it, to the response's last.
        package let seconds: Double
        package let uri: String
    }

    package let program: Program
    package let directory: String

    /// A file of zeros in the document root, sparse.
    package func file(_ name: String, bytes: Int) throws {
        let path = "\(directory)/pages/\(name)"
        guard FileManager.default.createFile(atPath: path, contents: nil), truncate(path, bytes) == 0 else {
            throw LabError("cannot make \(path)")
        }
    }

    /// A page with this text.
    package func page(_ name: String, _ text: String) throws {
        let path = URL(fileURLWithPath: "\(directory)/pages/\(name)")
        try FileManager.default.createDirectory(at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: path, atomically: true, encoding: .utf8)
    }

    package var log: [LoggedRequest] {
        let text = (try? String(contentsOfFile: directory + "/access.log", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 7)
            guard fields.count >= 7, let status = Int(fields[0]), let sent = Int(fields[1]), let received = Int(fields[2]),
                let port = Int(fields[4]), let connection = Int(fields[5]), let seconds = Double(fields[6])
            else { return nil }
            return LoggedRequest(
                status: status, sentBytes: sent, receivedBytes: received, method: String(fields[3]), port: port,
                connection: connection, seconds: seconds, uri: fields.count > 7 ? String(fields[7]) : "")
        }
    }

    /// How many requests of each method and status, "GET 200", on `port` or on all.
    package func tally(port: Int? = nil) -> [String: Int] {
        log.filter { port == nil || $0.port == port }.reduce(into: [:]) { $0["\($1.method) \($1.status)", default: 0] += 1 }
    }

    /// The log once it has `count` requests: nginx writes a line a moment after the last byte.
    package func log(of count: Int, within limit: Duration = .seconds(10)) async throws -> [LoggedRequest] {
        let deadline = ContinuousClock.now + limit.patient
        while log.count < count, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
        guard log.count == count else { throw LabError("nginx logged \(log.count) requests, not \(count)") }
        return log
    }
}

extension Pod {
    /// Starts nginx: port 80 of IPv4 and of IPv6, 8080 of both through one IPv6 socket (IPv4 arrives v4-mapped), and `ports`.
    package func nginx(server: String = "", http: String = "", ports: [Int] = []) async throws -> WebServer {
        let home = directory + "/nginx"
        for folder in ["pages", "body"] {
            try FileManager.default.createDirectory(atPath: "\(home)/\(folder)", withIntermediateDirectories: true)
        }
        try "hello\n".write(toFile: home + "/pages/index.html", atomically: true, encoding: .utf8)
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(home)/body/\($0);" }
        try """
        daemon off;
        user root;
        worker_processes 1;
        worker_rlimit_nofile 20000;
        pid \(home)/nginx.pid;
        error_log \(home)/error.log;
        events { worker_connections 8192; }
        http {
            log_format bytes '$status $bytes_sent $request_length $request_method $server_port $connection $request_time $uri';
            access_log \(home)/access.log bytes;
            sendfile on;
            tcp_nopush on;
            server_tokens off;
            \(temporary.joined(separator: "\n    "))
            \(http)
            server {
                listen 80 backlog=4096;
                listen [::]:80 ipv6only=on backlog=4096;
                listen [::]:8080 ipv6only=off backlog=4096;
                \(ports.map { "listen \($0);" }.joined(separator: " "))
                root \(home)/pages;
                \(server)
            }
        }
        """.write(toFile: home + "/nginx.conf", atomically: true, encoding: .utf8)
        let program = try start(["nginx", "-p", home, "-e", home + "/error.log", "-c", home + "/nginx.conf"])
        do {
            try await listens(on: 80)
        } catch {
            let log = (try? String(contentsOfFile: home + "/error.log", encoding: .utf8)) ?? ""
            throw LabError("nginx did not start: \(program.errors) \(log)")
        }
        return WebServer(program: program, directory: home)
    }
}

extension WebServer {
    /// For `nginx(server:)`: a location for each kind of answer. /missing is the 404 that needs none.
    package static let answers = """
        location = /empty { return 200 ""; }
        location = /text { return 200 "text"; }
        location = /204 { return 204; }
        location = /301 { return 301 /index.html; }
        location = /304 { return 304; }
        location = /500 { return 500; }
        location = /503 { return 503; }
        location /chunked/ { ssi on; }
        location = /post { client_max_body_size 64m; return 200 "taken"; }
        location = /small { client_max_body_size 1k; proxy_pass http://127.0.0.1:1; }
        """
}
