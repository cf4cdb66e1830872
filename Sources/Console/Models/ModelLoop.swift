// The model's thread: it does what ModelCourse says and tells it what happens, waits in poll(2) for the pipes, the collector
// and the next deadline, and has no right that podglass has.

import Aggregation
import CLinux
import Glibc

struct ModelLoop {
    private let command: ModelCommand
    private let desk: ModelDesk
    private var child: ModelChild?

    init(_ command: ModelCommand, _ desk: ModelDesk) {
        self.command = command
        self.desk = desk
    }

    /// Until stopped.
    mutating func run() {
        ModelLoop.giveUpRights()
        while !desk.isStopped {
            act()
            wait()
            hear()
        }
        child?.kill()
        child = nil
        desk.holds(nil)
    }

    /// The process gives up its own once more, before its program begins; so a thread that keeps some starts no other.
    private static func giveUpRights() {
        _ = podglass_forbid_new_privileges()
        _ = podglass_keep_capabilities(0)
        // A process that reads no more is an error of write(2), not a signal.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    private mutating func act() {
        while let step = desk.change({ $0.next(at: Descriptor.now) }) {
            switch step {
            case .start:
                do throws(ModelChild.NotStarted) {
                    let child = try ModelChild(command)
                    self.child = child
                    desk.holds(child.process)
                    desk.change { $0.started(at: Descriptor.now) }
                } catch {
                    desk.change { $0.notStarted(error.reason, at: Descriptor.now) }
                }
            case .greet: child?.send(desk.budget.greeting)
            case .ask(let questions): child?.send(ModelQuestion.lines(questions))
            case .kill:
                child?.kill()
                child = nil
                desk.holds(nil)
            }
        }
    }

    private func wait() {
        let now = Descriptor.now
        var polled = [pollfd(fd: desk.awake, events: Int16(POLLIN), revents: 0)] + (child?.polled(at: now) ?? [])
        let deadline = [desk.change { $0.deadline }, child?.deadline(at: now)].compactMap { $0 }.min()
        var milliseconds: Int32 = -1
        // Rounded up, so that a wait is never a spin.
        if let deadline { milliseconds = deadline <= now ? 0 : Int32(clamping: (deadline - now + 999_999) / 1_000_000) }
        guard poll(&polled, nfds_t(polled.count), milliseconds) > 0, polled[0].revents != 0 else { return }
        var count: UInt64 = 0
        _ = read(desk.awake, &count, 8)
    }

    private mutating func hear() {
        guard let child else { return }
        child.flush()
        let runs = child.read(at: Descriptor.now) { piece in
            let line = ModelLine.read(piece)
            return desk.change { $0.hear(line, at: Descriptor.now) }
        }
        guard !runs else { return }
        self.child = nil
        desk.holds(nil)
        let how = child.end()
        desk.change { $0.ended(how, at: Descriptor.now) }
    }
}
