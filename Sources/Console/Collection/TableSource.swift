// Where tables come from: this node's kernel, a recording, or the demonstration. Each runs on a thread of its own and
// publishes into a mailbox; whoever draws or prints does not know which it is.

import Glibc

enum TableSource: Sendable {
    case live(LiveCollector)
    case replay(ReplayCollector)

    var isRecording: Bool {
        switch self {
        case .live: false
        case .replay: true
        }
    }

    /// What the header says beside the node.
    var notice: String? {
        switch self {
        case .live: nil
        case .replay(let replay):
            switch replay.recording {
            case .file(let path): "replay of \(path)"
            case .demonstration: "demo: a recording"
            }
        }
    }
}

/// A source that runs, until this is gone.
struct RunningSource: ~Copyable {
    let mailbox = Mailbox<Delivery>()
    let requests: Requests
    private var thread: Thread?

    init(_ source: TableSource, request: Request = Request()) throws(Failure) {
        let requests = Requests(request)
        let mailbox = mailbox
        self.requests = requests
        thread = Thread {
            switch source {
            case .live(let collector): collector.run(mailbox, requests)
            case .replay(let collector): collector.run(mailbox, requests)
            }
        }
        guard thread != nil else { throw Failure("cannot start a thread; raise the limit of processes (ulimit -u)") }
    }

    /// Stops the source and waits for it, so that its descriptors are closed before the program goes on.
    mutating func stop() {
        requests.change { $0.isStopped = true }
        thread.take()?.join()
    }
}
