// Every limit of what a container runtime may make us hold or wait for.

import Aggregation

enum RuntimeLimits {
    /// Pods, or containers of an engine; the oldest beyond are left out, counted in the report.
    static let objects = 2_000
    static let containersOfPod = 64
    /// One answer: what the kubelet accepts too.
    static let messageBytes = 16 << 20
    /// How long one call may take.
    static let deadline = Duration.seconds(2)
    /// Status calls that wait for their answers at once.
    static let callsAtOnce = 16
    /// How often a ready sandbox without an address is asked again.
    static let addressTries = 20
    static let addressesOfPod = 16

    /// Bytes of text: those of the Kubernetes API, an image's reference, and what a server says of a failure.
    static let idBytes = 128
    static let nameBytes = 253
    static let labels = 64
    static let labelBytes = 384
    static let imageBytes = 512
    static let reasonBytes = 64
    static let sentenceBytes = 200
}

/// How often sockets are looked for, asked and tried again.
struct RuntimePace: Sendable {
    var look = Duration.seconds(10)
    /// Between two lists where there is no stream of events; lists may take a twentieth of the time, so a large or busy node
    /// is asked less often, up to `slowestPoll`.
    var poll = Duration.milliseconds(500)
    var slowestPoll = Duration.seconds(5)
    /// Between two lists that events ask for.
    var gather = Duration.milliseconds(100)
    /// With a stream of events all the same: a stream may lose some.
    var relist = Duration.seconds(10)
    var firstRetry = Duration.milliseconds(200)
    var slowestRetry = Duration.seconds(10)
    /// A socket that is missing for so long is gone, and with it what it told.
    var missing = Duration.seconds(30)
    var deadline = RuntimeLimits.deadline

    /// The next wait after a failure.
    func retry(after wait: Duration) -> Duration { min(wait * 2, slowestRetry) }

    /// The wait after a list that took `time`.
    func pause(after time: Duration) -> Duration { min(max(poll, time * 20), slowestPoll) }
}

extension String {
    /// Its start, at most `limit` bytes of whole characters.
    func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = startIndex
        while end < endIndex {
            let next = index(after: end)
            guard utf8.distance(from: startIndex, to: next) <= limit else { break }
            end = next
        }
        return String(self[..<end])
    }
}

extension Labels {
    /// As somebody else gave them, without those that the kubelet and the runtimes add; bounded.
    init(bounded labels: [String: String]) {
        let own = labels.filter { !$0.key.hasPrefix("io.kubernetes.") }.sorted { $0.key < $1.key }
        self.init(pairs: own.prefix(RuntimeLimits.labels).map { ($0.key + "=" + $0.value).cut(toBytes: RuntimeLimits.labelBytes) })
    }
}
