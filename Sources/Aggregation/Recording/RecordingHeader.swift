// What a recording says of itself before its first event.

package struct RecordingHeader: Hashable, Sendable {
    /// The version of the podglass that recorded.
    package var version: String
    /// The node it was recorded on. Hostile text.
    package var node: String
    /// When it began: nanoseconds since 1970, UTC.
    package var started: UInt64

    package init(version: String, node: String, started: UInt64) {
        self.version = version
        self.node = node
        self.started = started
    }

    package var bytes: [UInt8] {
        var payload = PayloadWriter()
        payload.text(version)
        payload.text(node)
        payload.varint(started)
        return payload.bytes
    }

    package init(decoding bytes: [UInt8]) throws(RecordingError) {
        var payload = PayloadReader(bytes)
        version = try payload.text()
        node = try payload.text()
        started = try payload.varint()
    }
}
