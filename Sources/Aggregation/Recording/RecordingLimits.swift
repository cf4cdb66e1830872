// Every limit of the recording codec, and what happens at it. The file's own limits stand in Console/Recording.

package enum RecordingLimits {
    /// Text is cut here, at a whole scalar, when written; a longer length is damage when read.
    package static let textBytes = 4_096
    /// Flows that have a slot, and are then written as differences; the rest is written whole each time.
    package static let flowSlots = 65_536
    /// Remembered drops, listeners, owners, addresses and probes, each. At the limit all of that kind are forgotten, and so are
    /// written once more when they come again.
    package static let remembered = 32_768
    /// Causes of loss in one status; the rest is summed under `~other`.
    package static let lossCauses = 256
    /// Buckets of one histogram of requests: each may be told twice, more are damage when read and left out when written.
    package static let buckets = 2 * Histogram.bucketCount
    /// Addresses in one DNS answer, likewise; an answer of the kernel's has room for fewer.
    package static let answers = 64
    /// Labels, addresses and containers of one pod; more are left out when written, damage when read.
    package static let labels = 128
    package static let objectAddresses = 64
    package static let containers = 64
    /// Encoded intervals that wait for an anomaly; the oldest leave.
    package static let ringBytes = 32 << 20
    /// A block is closed when its payload has reached this.
    package static let blockBytes = 65_536
    /// No payload is larger: `blockBytes` and the largest event (a status: thrice 256 causes of 4,096 bytes). A larger one is damage.
    package static let payloadBytes = 4_194_304
}
