// Diagnostics to stderr, one sentence; what is said once to stdout. Every line is printable, whoever wrote what stands in it.

import Aggregation
import Glibc

enum Standard {
    /// A standard stream that is closed would give its number to whatever is opened next, and data would go there.
    static func check() throws(Failure) {
        if fcntl(STDOUT_FILENO, F_GETFD) < 0 { throw Failure("standard output is closed; give it a file or a pipe, or /dev/null") }
        for descriptor in [STDIN_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is this one: those below it are open.
            if open("/dev/null", O_RDWR) < 0 { throw Failure("cannot open /dev/null in place of a closed stream") }
        }
    }

    /// What a command says once, to whoever reads standard output: help, a script, `doctor`'s page.
    static func output(_ text: String) { say(text, to: STDOUT_FILENO) }

    static func error(_ text: String) { say(text, to: STDERR_FILENO) }

    private static func say(_ text: String, to descriptor: Int32) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var bytes = Array((lines.map { String($0).printable }.joined(separator: "\n") + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes.removeFirst(count)
        }
    }
}
