// Waiting in tests, in a bounded number of looks, and what /proc says of a process.

import Glibc

enum Patience {
    /// Looks again until it holds; false after 6,000 looks, 5 ms apart.
    static func until(_ holds: () -> Bool) -> Bool {
        for _ in 0..<6_000 {
            if holds() { return true }
            usleep(5_000)
        }
        return false
    }

    /// Neither running nor a zombie.
    static func isGone(_ process: pid_t) -> Bool { kill(process, 0) != 0 && errno == ESRCH }

    /// Running: a zombie that somebody else has to reap is not.
    static func isAlive(_ process: pid_t) -> Bool { !isGone(process) && status(of: process)["State"]?.hasPrefix("Z") == false }

    static func text(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// The lines of /proc/PID/status by their names.
    static func status(of process: pid_t) -> [String: String] {
        var lines: [String: String] = [:]
        for line in (text("/proc/\(process)/status") ?? "").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { lines[String(parts[0])] = String(parts[1].drop { $0 == "\t" || $0 == " " }) }
        }
        return lines
    }

    /// What the open descriptors of a process, or of "self", lead to.
    static func descriptors(of process: String) -> [Int32: String] {
        var links: [Int32: String] = [:]
        guard let directory = opendir("/proc/\(process)/fd") else { return links }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard let number = Int32(name) else { continue }
            var target = [CChar](repeating: 0, count: 256)
            let count = readlink("/proc/\(process)/fd/\(name)", &target, target.count)
            if count > 0 { links[number] = String(decoding: target[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) }
        }
        return links
    }
}
