// Why sensing failed: which operation, on what, with which errno, and what would help. Data, so that a screen, `doctor`
// and stderr can each say it in their own way.

import Glibc

package struct ProbeError: Error, Equatable, Sendable {
    package var operation: String
    package var subject: String
    /// 0 where no system call said why.
    package var errno: Int32
    package var advice: String

    package init(operation: String, subject: String, errno: Int32, advice: String) {
        self.operation = operation
        self.subject = subject
        self.errno = errno
        self.advice = advice
    }

    /// One sentence and the remedy.
    package var sentence: String {
        let cause = errno == 0 ? "" : ": " + ProbeError.text(of: errno)
        return "cannot \(operation) \(subject)\(cause)" + (advice.isEmpty ? "" : "; " + advice)
    }

    package static func text(of errno: Int32) -> String {
        strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
    }
}
