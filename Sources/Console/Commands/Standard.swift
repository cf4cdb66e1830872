// Diagnostics to stderr, one sentence, printable; data alone goes to stdout.

import Aggregation
import Glibc

enum Standard {
    static func error(_ text: String) {
        var bytes = Array(
            (text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n") + "\n").utf8
        )
        while !bytes.isEmpty {
            let count = write(STDERR_FILENO, bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes.removeFirst(count)
        }
    }
}
