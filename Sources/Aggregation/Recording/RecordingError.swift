// Why bytes are no events. Whoever reads a file adds its name and place.

package struct RecordingError: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        /// The bytes end inside an event.
        case cutShort
        case unknownEvent(UInt8)
        /// A number beyond what its field may hold.
        case outOfRange(String)
        /// Refers to a flow that was not written before.
        case unknownFlow(UInt64)
    }

    package var reason: Reason
    /// Where in the payload the event that could not be read begins.
    package var offset: Int

    package init(_ reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// As the end of a sentence: "an event of unknown kind 77".
    package var explanation: String {
        switch reason {
        case .cutShort: "an event is cut short"
        case .unknownEvent(let kind): "an event of unknown kind \(kind)"
        case .outOfRange(let field): "a \(field) out of range"
        case .unknownFlow(let slot): "a flow (\(slot)) that was not described before"
        }
    }
}
