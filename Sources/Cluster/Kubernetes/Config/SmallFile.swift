// Reads a file that is small by nature: a token, a certificate, a kubeconfig. It blocks for as long as the file system does.

import Glibc

enum SmallFile {
    /// A kubeconfig is the largest of them; certificates of a whole organisation have some 300 KiB.
    static let limit = 1 << 20

    struct Failure: Error, Sendable, Hashable {
        var path: String
        /// "No such file or directory"; a sentence's part.
        var what: String
        var isMissing: Bool
    }

    static func read(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= limit else {
                throw Failure(path: path, what: "it is longer than \(limit >> 20) MiB", isMissing: false)
            }
        }
    }

    static func isThere(_ path: String) -> Bool { access(path, R_OK) == 0 }

    private static func failure(_ path: String) -> Failure {
        let code = errno
        return Failure(path: path, what: String(cString: strerror(code)), isMissing: code == ENOENT || code == ENOTDIR)
    }
}
