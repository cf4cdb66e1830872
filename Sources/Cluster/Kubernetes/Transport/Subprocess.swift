// Runs a command and reads what it prints, within a time and a size. It gets no terminal, no descriptors of podglass and a
// session of its own, so that all it started ends with it. Nothing here blocks a thread: it looks every 20 ms.

import CLinux
import Glibc

struct Subprocess: Sendable {
    enum Failure: Error, Sendable, Hashable {
        /// "No such file or directory".
        case notStarted(String)
        case tookTooLong
        case printedTooMuch
        /// Exit status, or 128 + signal, and the last line it wrote to its standard error.
        case failed(status: Int32, complaint: String)
    }

    /// An ExecCredential with a certificate has some 10 KiB.
    static let outputLimit = 256 << 10
    static let complaintLimit = 4 << 10
    private static let glance = Duration.milliseconds(20)

    var command: String
    var arguments: [String]
    var environment: [String: String]

    /// What it wrote to its standard output.
    func output(within limit: Duration) async throws(Failure) -> [UInt8] {
        let (out, complaints) = (try Pipe(), try Pipe())
        let process = try start(out, complaints)
        out.closeWriter()
        complaints.closeWriter()
        let end = ContinuousClock.now + limit
        var (printed, complained): ([UInt8], [UInt8]) = ([], [])
        while true {
            // First whether it has ended, then what is left to read: what it wrote last is not missed.
            let status = Subprocess.status(of: process)
            out.read(into: &printed)
            complaints.read(into: &complained)
            if complained.count > Subprocess.complaintLimit { complained.removeFirst(complained.count - Subprocess.complaintLimit) }
            if let status {
                guard status == 0 else { throw .failed(status: status, complaint: Subprocess.lastLine(complained)) }
                return printed
            }
            guard printed.count <= Subprocess.outputLimit else { throw Subprocess.stopped(process, .printedTooMuch) }
            guard ContinuousClock.now < end, !Task.isCancelled else { throw Subprocess.stopped(process, .tookTooLong) }
            try? await Task.sleep(for: Subprocess.glance)
        }
    }

    private func start(_ out: Pipe, _ complaints: Pipe) throws(Failure) -> pid_t {
        let words = ([command] + arguments).map { strdup($0) }
        let variables = environment.map { strdup($0.key + "=" + $0.value) }
        defer { for text in words + variables { free(text) } }
        var process: pid_t = 0
        let code = podglass_spawn(command, words + [nil], variables + [nil], out.writer, complaints.writer, &process)
        guard code == 0 else { throw .notStarted(String(cString: strerror(code))) }
        return process
    }

    /// Nil while it runs.
    private static func status(of process: pid_t) -> Int32? {
        var status: Int32 = 0
        let answer = waitpid(process, &status, WNOHANG)
        if answer == 0 || (answer < 0 && errno == EINTR) { return nil }
        guard answer == process else { return 128 }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }

    private static func stopped(_ process: pid_t, _ failure: Failure) -> Failure {
        kill(-process, SIGKILL)
        kill(process, SIGKILL)
        var status: Int32 = 0
        // Killed, so this returns at once.
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return failure
    }

    private static func lastLine(_ bytes: [UInt8]) -> String {
        let line = bytes.split(separator: UInt8(ascii: "\n")).last ?? []
        return String(decoding: line.prefix(200), as: UTF8.self)
    }
}

/// Both ends of a pipe; what is open is closed with it.
private final class Pipe {
    private let reader: Int32
    private(set) var writer: Int32

    init() throws(Subprocess.Failure) {
        var ends: [Int32] = [-1, -1]
        guard podglass_pipe(&ends) == 0 else { throw .notStarted(String(cString: strerror(errno))) }
        (reader, writer) = (ends[0], ends[1])
    }

    deinit {
        closeWriter()
        close(reader)
    }

    func closeWriter() {
        if writer >= 0 { close(writer) }
        writer = -1
    }

    /// Appends what is there, up to twice the limit.
    func read(into bytes: inout [UInt8]) {
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count <= Subprocess.outputLimit {
            let count = Glibc.read(reader, &chunk, chunk.count)
            guard count > 0 else { return }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}
