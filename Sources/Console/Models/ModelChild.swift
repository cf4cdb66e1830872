// A model's process and our ends of its pipes. One thread owns it, and nothing here blocks: what the process does not take
// waits, bounded, and what it writes is taken in pieces. Gone with this object is the process, with all that it started.

import Aggregation
import CLinux
import Glibc

final class ModelChild {
    struct NotStarted: Error {
        /// Safe to print.
        var reason: String
    }

    /// Lines that it has not taken: three batches at most, because after three without an answer it is killed.
    private static let unsentLimit = 4 << 20
    /// Read at a time, so that a process that never ends a line does not keep its reader from the clock.
    private static let pieceLimit = 64 << 10
    /// Bytes of its standard error that are kept, and that are shown.
    private static let complaintLimit = 4 << 10
    private static let shownComplaint = 200
    /// Its standard error is looked at so often, however much comes: a tenth of a second.
    private static let complaintPeriod: UInt64 = 100_000_000
    /// Its status is waited for so long after its output has ended, in milliseconds; then it is killed.
    private static let patience = 200

    let process: pid_t
    private let input: Descriptor
    private let output: Descriptor
    private let complaints: Descriptor
    private var unsent = ByteRing(limit: ModelChild.unsentLimit)
    private var cutter = LineCutter()
    private var complained: [UInt8] = []
    private var complaintsFrom: UInt64 = 0
    private var hasComplaints = true
    /// As waitpid(2) tells it, once it has ended.
    private var status: Int32?
    /// From then on its number may be another's.
    private var isKilled = false

    init(_ command: ModelCommand) throws(NotStarted) {
        let words = command.arguments.map { strdup($0) }
        let variables = command.environment.map { strdup($0.key + "=" + $0.value) }
        defer { for text in words + variables { free(text) } }
        var ends: [Int32] = [-1, -1, -1]
        var process: pid_t = 0
        let program = command.arguments.first ?? ""
        let code = podglass_start_model(program, words + [nil], variables + [nil], &ends, &process)
        guard code == 0 else {
            throw NotStarted(reason: SystemError("start", program, code: code).sentence)
        }
        self.process = process
        input = Descriptor(ends[0], name: "the model's input")
        output = Descriptor(ends[1], name: "the model's output")
        complaints = Descriptor(ends[2], name: "the model's standard error")
    }

    deinit { kill() }

    /// What to wait for; three entries.
    func polled(at now: UInt64) -> [pollfd] {
        [
            // One that nothing waits for is not polled: it would tell of a closed end again and again.
            pollfd(fd: unsent.count > 0 ? input.number : -1, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: output.number, events: Int16(POLLIN), revents: 0),
            pollfd(fd: hasComplaints && now >= complaintsFrom ? complaints.number : -1, events: Int16(POLLIN), revents: 0),
        ]
    }

    /// When to look again though nothing happens.
    func deadline(at now: UInt64) -> UInt64? { hasComplaints && now < complaintsFrom ? complaintsFrom : nil }

    /// Lines for it; those for which there is no room it never gets, and never answers.
    func send(_ lines: [UInt8]) {
        _ = unsent.append(lines)
        flush()
    }

    /// What it takes now.
    func flush() {
        while unsent.count > 0 {
            let descriptor = input.number
            let written = unsent.withFront(ModelChild.pieceLimit) { write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                unsent.removeFront(written)
            } else if errno != EINTR {
                // Whoever closed its input is asked in vain, and late; or it has ended, which its output tells.
                if errno != EAGAIN { unsent.removeAll() }
                return
            }
        }
    }

    /// What it wrote; false where it has ended, or closed its output. At most one piece's bytes, the rest the next time; where
    /// `body` says that it wants no more, the rest of these is thrown away.
    func read(at now: UInt64, _ body: (LineCutter.Piece) -> Bool) -> Bool {
        // First whether it has ended, then what is left to read: what it wrote last is not missed.
        let isOver = hasEnded
        if hasComplaints, now >= complaintsFrom { readComplaints(at: now) }
        var piece = [UInt8](repeating: 0, count: ModelChild.pieceLimit)
        let count = ModelChild.read(output.number, &piece)
        if let count, count > 0 {
            cutter.cut(piece[..<count], body)
            return true
        }
        return count == nil && !isOver
    }

    /// Kills it, where it has not ended by itself, and says how it ended; safe to print.
    func end() -> String {
        var waited = 0
        while !hasEnded, waited < ModelChild.patience {
            usleep(1_000)
            waited += 1
        }
        let status = status
        readComplaints(at: 0)
        kill()
        let how =
            switch status {
            case nil: "closed its output"
            case let status? where status & 0x7f != 0: "was ended by signal \(status & 0x7f)"
            case let status?: "ended with status \((status >> 8) & 0xff)"
            }
        let last = complained.split(separator: UInt8(ascii: "\n")).last ?? []
        return last.isEmpty ? how : "\(how): \(String(decoding: last.prefix(ModelChild.shownComplaint), as: UTF8.self).printable)"
    }

    /// With all that it started and that stayed in its group. It returns when the process is gone; where the kernel holds one
    /// (a file system that does not answer), only the model's thread waits.
    func kill() {
        guard !isKilled else { return }
        isKilled = true
        _ = Glibc.kill(-process, SIGKILL)
        guard status == nil else { return }
        _ = Glibc.kill(process, SIGKILL)
        var code: Int32 = 0
        while waitpid(process, &code, 0) < 0, errno == EINTR {}
        status = code
    }

    private var hasEnded: Bool {
        if status != nil { return true }
        var code: Int32 = 0
        if waitpid(process, &code, WNOHANG) == process { status = code }
        return status != nil
    }

    private func readComplaints(at now: UInt64) {
        var piece = [UInt8](repeating: 0, count: ModelChild.pieceLimit)
        guard let count = ModelChild.read(complaints.number, &piece) else { return }
        if count == 0 { hasComplaints = false }
        complained += piece[..<count]
        if complained.count > ModelChild.complaintLimit { complained.removeFirst(complained.count - ModelChild.complaintLimit) }
        complaintsFrom = now + ModelChild.complaintPeriod
    }

    /// 0 at the end, nil where nothing is there.
    private static func read(_ descriptor: Int32, _ piece: inout [UInt8]) -> Int? {
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count >= 0 { return count }
            if errno == EAGAIN { return nil }
            if errno != EINTR { return 0 }
        }
    }
}
