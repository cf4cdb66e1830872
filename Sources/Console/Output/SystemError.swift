// A system call that failed: what was tried, on what, why, and what would help. Diagnostics are one such sentence.

import Aggregation
import Glibc

struct SystemError: Error, Hashable {
    /// As in "cannot OPERATION SUBJECT": "write", "open".
    var operation: String
    /// A file's name or "standard output"; not yet made printable.
    var subject: String
    var code: Int32

    init(_ operation: String, _ subject: String, code: Int32) {
        self.operation = operation
        self.subject = subject
        self.code = code
    }

    var sentence: String {
        let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return "cannot \(operation) \(subject.printable): \(reason)" + (advice.map { "; \($0)" } ?? "")
    }

    private var advice: String? {
        switch code {
        case ENOSPC, EDQUOT: "free space there or choose another place"
        case EACCES, EPERM: "choose a place that this user may use"
        case ENOENT, ENOTDIR: "check the path"
        case EISDIR: "give a file, not a directory"
        case EROFS: "choose a place that can be written"
        case EFBIG: "raise the file size limit (ulimit -f) or choose another file system"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
        case ENOMEM: "free memory"
        case EBADF: "leave it open: something closed it before podglass started"
        default: nil
        }
    }
}
