// Signals as something to read: blocked in every thread, taken from one descriptor by the main loop.

import CLinux
import Glibc

struct Signals: ~Copyable {
    let descriptor: Int32

    /// Blocks the signals that the program answers; call before any thread is started.
    init() {
        signal(SIGPIPE, SIG_IGN)
        // A recording that grows past the file size limit is an error of write(2), said in a sentence.
        signal(SIGXFSZ, SIG_IGN)
        // A crash ends the program at once, by its signal: the runtime's own handler would start a debugger and wait.
        for number in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP] { signal(number, SIG_DFL) }
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT] { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        descriptor = signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
    }

    deinit { close(descriptor) }

    /// The next signal that waits, or nil.
    func next() -> Int32? {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        guard read(descriptor, &info, size) == size else { return nil }
        return Int32(info.ssi_signo)
    }

    /// The exit status of a program that a signal ended: 0 for Ctrl-C, which is how one leaves, else 128 + n.
    static func exitStatus(_ number: Int32) -> Int32 { number == SIGINT ? 0 : 128 + number }
}
