// One file of a cgroup, read again and again. It stays open while there is room for its descriptor: opening costs three times
// what reading does. A cgroup that is removed is not kept alive by it; the next reading fails.

import Glibc

final class CgroupFile {
    private let path: String
    private let room: OpenFiles
    private var descriptor: Int32 = -1
    /// Not asked for again before `retry`.
    private var isAbsent = false

    init(_ path: String, _ room: OpenFiles) {
        self.path = path
        self.room = room
    }

    deinit { forget() }

    func retry() { isAbsent = false }

    /// What `parse` makes of the file; nil where it cannot be read.
    @discardableResult
    func read<Result>(_ parse: (UnsafeRawBufferPointer) -> Result) -> Result? {
        guard !isAbsent else { return nil }
        if descriptor < 0 { descriptor = open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0, let text = room.read(descriptor) else {
            isAbsent = true
            forget()
            return nil
        }
        defer { if !isKept { keepOrClose() } }
        return parse(text)
    }

    private var isKept = false

    private func keepOrClose() {
        isKept = room.take()
        if !isKept { forget() }
    }

    private func forget() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        if isKept { room.giveBack() }
        isKept = false
    }
}

/// The buffer that all of them are read into, and how many may stay open.
final class OpenFiles {
    /// Five or six of each of a thousand workloads.
    private static let limit = 6_000
    /// What this process opens besides, at most; 320 of them count events (EventCounts).
    private static let spared = 720
    /// memory.stat is the longest, some 2 KiB.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 1024, alignment: 16)
    private var left: Int

    /// Raises what this process may open as far as it may: the usual 1,024 are there for select(2), which nothing here uses.
    init(limit: Int = OpenFiles.limit) {
        var allowed = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &allowed)
        let wanted = rlim_t(limit + OpenFiles.spared)
        if allowed.rlim_cur < wanted {
            allowed.rlim_cur = min(wanted, allowed.rlim_max)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &allowed)
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &allowed)
        }
        left = min(limit, max(0, Int(clamping: allowed.rlim_cur) - OpenFiles.spared))
    }

    deinit { buffer.deallocate() }

    func take() -> Bool {
        guard left > 0 else { return false }
        left -= 1
        return true
    }

    func giveBack() { left += 1 }

    /// The whole file from its start; nil where that fails.
    func read(_ descriptor: Int32) -> UnsafeRawBufferPointer? {
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            return count < 0 ? nil : UnsafeRawBufferPointer(rebasing: buffer[..<count])
        }
    }
}
