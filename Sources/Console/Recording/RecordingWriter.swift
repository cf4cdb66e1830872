// Writes events to a recording, a block at each tick. It owns the file, which only its user may read (0600), because
// names and addresses stand in it. When a write fails, the block that did not fit is cut off again and the rest stays a
// recording that plays; the writer then takes no more.

import Aggregation
import Glibc

struct RecordingWriter: ~Copyable {
    private let file: Descriptor
    private var encoder = EventEncoder()
    private var deflater: DeflateStream
    private var failure: RecordingWriteError?
    private var isFinished = false
    /// Bytes of the file up to the last whole block.
    private(set) var bytesWritten: UInt64

    init(path: String, overwriting: Bool = false, header: RecordingHeader) throws(RecordingWriteError) {
        let file = try RecordingWriter.create(path, overwriting: overwriting)
        let deflater = try RecordingWriter.makeDeflater()
        let prefix = RecordingFormat.prefix(header)
        try RecordingWriter.begin(file, with: prefix, at: path)
        self.file = file
        self.deflater = deflater
        bytesWritten = UInt64(prefix.count)
    }

    mutating func append(_ event: Event) throws(RecordingWriteError) {
        if let failure { throw failure }
        encoder.encode(event)
        if case .tick = event {
            try writeBlock()
        } else if encoder.count >= RecordingLimits.blockBytes {
            try writeBlock()
        }
    }

    /// Writes what is left and the end mark. A writer that goes away without it leaves a recording that says it was cut off.
    mutating func finish() throws(RecordingWriteError) {
        if let failure { throw failure }
        if isFinished { return }
        isFinished = true
        try writeBlock()
        try write(RecordingFormat.endMark)
        // Some file systems find room only now. What cannot be synced (a pipe, a device) says EINVAL.
        if fsync(file.number) != 0, [EIO, ENOSPC, EDQUOT].contains(errno) {
            throw .failed(SystemError("write", file.name, code: errno))
        }
    }
}

extension RecordingWriter {
    /// A new file, always: one that is replaced may be open elsewhere, belong to somebody else, or be a link to a third. What is no
    /// file, as a pipe or a terminal, is written to as it is.
    private static func create(_ path: String, overwriting: Bool) throws(RecordingWriteError) -> Descriptor {
        do throws(SystemError) {
            if overwriting, let device = try openDevice(path) { return device }
            if overwriting, unlink(path) != 0, errno != ENOENT { throw SystemError("replace", path, code: errno) }
            return try Descriptor(opening: path, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: S_IRUSR | S_IWUSR)
        } catch {
            throw error.code == EEXIST ? .exists(path) : .failed(error)
        }
    }

    /// Nil where there is nothing, or a file.
    private static func openDevice(_ path: String) throws(SystemError) -> Descriptor? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return nil }
        return try Descriptor(opening: path, flags: O_WRONLY | O_NOCTTY)
    }

    /// Writes the header; where that fails, the file that was made for it goes away again.
    private static func begin(_ file: borrowing Descriptor, with prefix: [UInt8], at path: String) throws(RecordingWriteError) {
        var status = stat()
        let isFile = fstat(file.number, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        do { try file.write(prefix) } catch {
            if isFile { unlink(path) }
            throw .failed(error)
        }
    }

    private static func makeDeflater() throws(RecordingWriteError) -> DeflateStream {
        do { return try DeflateStream() } catch { throw .failed(error) }
    }

    private mutating func writeBlock() throws(RecordingWriteError) {
        let payload = encoder.takePayload()
        if payload.isEmpty { return }
        try write(RecordingFormat.frame(deflater.deflate(payload)))
    }

    private mutating func write(_ bytes: [UInt8]) throws(RecordingWriteError) {
        do {
            try file.write(bytes)
            bytesWritten += UInt64(bytes.count)
        } catch {
            cutOff()
            let failure = RecordingWriteError.failed(error)
            self.failure = failure
            throw failure
        }
    }

    /// Takes the incomplete block away, and ends the recording there if the end mark still fits.
    private func cutOff() {
        let end = off_t(clamping: bytesWritten)
        guard ftruncate(file.number, end) == 0, lseek(file.number, end, SEEK_SET) == end else { return }
        try? file.write(RecordingFormat.endMark)
    }
}
