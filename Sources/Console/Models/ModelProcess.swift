// An external model, as the collector sees it: questions go in, opinions come out, and neither ever waits. A thread of its own
// holds the process and the pipes (ModelLoop); the rules are ModelCourse's, a pure value behind a lock that is held for
// bookkeeping only: lines are written and read outside of it. If the model is slow, wrong or gone, nothing else notices but `health`.

import Aggregation
import CLinux
import Glibc
import Synchronization

final class ModelProcess: Sendable {
    /// `stop` waits so long for the thread, in milliseconds: a process that the kernel does not let go keeps nobody.
    private static let patience: Int32 = 2_000

    private let desk: ModelDesk

    /// Starts the thread, and it the process; nil where the system has no thread or descriptor to give.
    init?(_ command: ModelCommand, budget: ModelBudget = ModelBudget()) {
        let desk = ModelDesk(budget)
        guard desk.isOpen else { return nil }
        let thread = Thread {
            pthread_detach(pthread_self())
            var loop = ModelLoop(command, desk)
            loop.run()
            desk.hasEnded()
        }
        guard thread != nil else { return nil }
        self.desk = desk
    }

    deinit { desk.stop() }

    /// Where too many questions wait, the newest stay.
    func offer(_ questions: [ModelQuestion]) {
        guard !questions.isEmpty else { return }
        desk.change { $0.offer(questions, at: Descriptor.now) }
        desk.wake()
    }

    /// What came since the last time.
    func takeOpinions() -> [ModelOpinion] { desk.change { $0.takeOpinions() } }

    var health: ModelHealth { desk.change { $0.health(at: Descriptor.now) } }

    /// Of the process that runs now.
    var process: pid_t? { desk.process }

    /// Ends the process and the thread; true where they are gone.
    @discardableResult
    func stop() -> Bool {
        desk.stop()
        return desk.waitForEnd(milliseconds: ModelProcess.patience)
    }
}

/// What the collector's thread and the model's thread share.
final class ModelDesk: Sendable {
    private struct Content: Sendable {
        var course: ModelCourse
        var isStopped = false
        var process: pid_t?
    }

    /// Readable when there is something to look at.
    let awake: Int32
    let budget: ModelBudget
    private let ended: Int32
    private let content: Mutex<Content>

    init(_ budget: ModelBudget) {
        self.budget = budget
        content = Mutex(Content(course: ModelCourse(budget)))
        awake = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        ended = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    }

    deinit {
        if awake >= 0 { close(awake) }
        if ended >= 0 { close(ended) }
    }

    var isOpen: Bool { awake >= 0 && ended >= 0 }
    var isStopped: Bool { content.withLock { $0.isStopped } }
    var process: pid_t? { content.withLock { $0.process } }

    func change<Result: Sendable>(_ body: (inout ModelCourse) -> Result) -> Result { content.withLock { body(&$0.course) } }

    func holds(_ process: pid_t?) { content.withLock { $0.process = process } }

    func wake() { ModelDesk.signal(awake) }

    func stop() {
        content.withLock { $0.isStopped = true }
        wake()
    }

    func hasEnded() { ModelDesk.signal(ended) }

    func waitForEnd(milliseconds: Int32) -> Bool {
        var polled = pollfd(fd: ended, events: Int16(POLLIN), revents: 0)
        return poll(&polled, 1, milliseconds) > 0
    }

    private static func signal(_ descriptor: Int32) {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }
}
