// Owns a descriptor and closes it.

import Glibc

package struct FileDescriptor: ~Copyable {
    package let raw: Int32

    /// Takes over an open descriptor.
    package init(owning raw: Int32) { self.raw = raw }

    /// Opens a file; nil with errno set where that fails.
    package init?(opening path: String, _ flags: Int32) {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        raw = descriptor
    }

    deinit { close(raw) }
}

/// Reads whole small files of /proc, /sys and the cgroup tree.
package enum SmallFile {
    /// What is read of one file at most; /proc/net/fib_trie of a large node is the longest.
    static let limit = 1 << 20

    package static func read(_ path: String) -> String? {
        guard let file = FileDescriptor(opening: path, O_RDONLY) else { return nil }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < limit {
            let count = Glibc.read(file.raw, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The names in a directory, without "." and ".."; nil where it cannot be read.
    package static func names(in path: String, limit: Int = 100_000) -> [String]? {
        guard let directory = opendir(path) else { return nil }
        defer { closedir(directory) }
        var names: [String] = []
        while names.count < limit, let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The names of the directories in a directory, where the file system says what is one; nil where it cannot be read.
    package static func directories(in path: String, limit: Int) -> [String]? {
        guard let directory = opendir(path) else { return nil }
        defer { closedir(directory) }
        var names: [String] = []
        while names.count < limit, let entry = readdir(directory) {
            guard entry.pointee.d_type == UInt8(DT_DIR) else { continue }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    package static func link(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                characters.baseAddress.map { readlink(path, $0, characters.count) } ?? -1
            }
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    /// The inode number of a path, symbolic links followed.
    package static func inode(_ path: String) -> UInt64? {
        var status = stat()
        return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }
}
