// nginx in a pod, with a configuration, a document root and a log of its own. Its log is the truth about bytes:
// $bytes_sent counts headers and body as nginx handed them to its socket.

import Foundation

package struct WebServer {
    package struct LoggedRequest: Sendable {
        package let status: Int
        /// Response bytes, headers included.
        package let sentBytes: Int
        /// Request bytes: line, headers and body.
        package let receivedBytes: Int
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

    package var log: [LoggedRequest] {
        let text = (try? String(contentsOfFile: directory + "/access.log", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count == 4, let status = Int(fields[0]), let sent = Int(fields[1]), let received = Int(fields[2]) else {
                return nil
            }
            return LoggedRequest(status: status, sentBytes: sent, receivedBytes: received, uri: String(fields[3]))
        }
    }

    /// The log once it has `count` requests: nginx writes a line a moment after the last byte.
    package func log(of count: Int, within limit: Duration = .seconds(10)) async throws -> [LoggedRequest] {
        let deadline = ContinuousClock.now + limit
        while log.count < count, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
        guard log.count == count else { throw LabError("nginx logged \(log.count) requests, not \(count)") }
        return log
    }
}

extension Pod {
    /// Starts nginx: port 80 of IPv4 and of IPv6, and 8080 of both through one IPv6 socket (IPv4 arrives v4-mapped).
    package func nginx(server: String = "", http: String = "") async throws -> WebServer {
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
            log_format bytes '$status $bytes_sent $request_length $uri';
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
