// Whom each workload knows, and which statuses: one book for all pods of a controller, so that a deploy is no news. Owned by the engine's
// state. A peer is a hash of what it is called (Swift's, with a seed of this run, so that nobody can choose one that is known already).
//
// At most `capacity` books; at it the one that was silent longest leaves if that was a quarter of an hour, else the workload is not
// looked at, which is counted. A book stops at `Novelty.few` peers of a kind, because beyond it nothing is news, and at `statuses`.

struct Acquaintances: Sendable {
    struct Book: Sendable {
        /// One more than `Novelty.few` at most: then it talks to anybody.
        private(set) var inside: [Int] = []
        private(set) var outside: [Int] = []
        private(set) var statuses: [SeenStatus] = []
        var hasFailedToConnect = false
        private(set) var traffic = ActiveMinutes()
        /// When it had been seen for long enough, CLOCK_MONOTONIC: what began before is known.
        private var warmSince: UInt64?
        var served = ActiveMinutes()
        var asked = ActiveMinutes()
        /// When it met somebody outside whom it did not know, CLOCK_MONOTONIC.
        private(set) var metOutside: UInt64?
        var lastActive: UInt64 = 0
        /// What was told in the minute that began then.
        var toldSince: UInt64 = 0
        var told = 0
        /// Open ones that count requests, the newest last; of them `AnomalyRow.serial` of the newest one of any kind.
        var counting: [(status: SeenStatus, serial: UInt64, requests: UInt64)] = []
        var newest: UInt64 = 0

        var isWarm: Bool { warmSince != nil }

        mutating func noteTraffic(_ minute: UInt32, now: UInt64) {
            traffic.note(minute)
            lastActive = now
            if warmSince == nil, traffic.count > Novelty.warmUp { warmSince = now }
        }

        func knows(_ peer: PeerIdentity) -> Bool {
            switch peer {
            case .inside(let hash): inside.contains(hash)
            case .outside(let hash): outside.contains(hash)
            }
        }

        /// Whether somebody whom it does not know is news. Asked before it is learnt.
        func isNews(_ peer: PeerIdentity, since: UInt64, now: UInt64) -> Bool {
            guard let warmSince, since >= warmSince, !knows(peer) else { return false }
            switch peer {
            case .inside: return inside.count < Novelty.few
            case .outside:
                return outside.count < Novelty.few && metOutside.map { now &- $0 >= Novelty.rarity } ?? true
            }
        }

        /// `met`: when it was met, CLOCK_MONOTONIC; nil where it only got another name.
        mutating func learn(_ peer: PeerIdentity, met: UInt64?) {
            guard !knows(peer) else { return }
            switch peer {
            case .inside(let hash): if inside.count <= Novelty.few { inside.append(hash) }
            case .outside(let hash):
                if let met { metOutside = met }
                if outside.count <= Novelty.few { outside.append(hash) }
            }
        }

        /// Nil where it is no news; learns it in any case.
        mutating func novelty(of status: SeenStatus) -> Novelty? {
            guard !statuses.contains(status) else { return nil }
            let likes = statuses.filter { $0.isLike(status) }
            defer { if statuses.count < Acquaintances.statuses { statuses.append(status) } }
            let minutes = status.direction == .inbound ? served.count : asked.count
            guard minutes > Novelty.warmUp, statuses.count < Acquaintances.statuses, !likes.isEmpty else { return nil }
            if status.isError, !likes.contains(where: \.isError) {
                return .firstError(status.application, status.value, status.direction)
            }
            guard status.isFailure || !likes.contains(where: { $0.level == status.level }) else { return nil }
            return .status(status.application, status.value, status.direction)
        }

        mutating func add(_ other: Book) {
            for hash in other.inside where !inside.contains(hash) && inside.count <= Novelty.few { inside.append(hash) }
            for hash in other.outside where !outside.contains(hash) && outside.count <= Novelty.few { outside.append(hash) }
            for status in other.statuses where !statuses.contains(status) && statuses.count < Acquaintances.statuses {
                statuses.append(status)
            }
            hasFailedToConnect = hasFailedToConnect || other.hasFailedToConnect
            traffic.add(other.traffic)
            warmSince = [warmSince, other.warmSince].compactMap { $0 }.min()
            served.add(other.served)
            asked.add(other.asked)
            metOutside = [metOutside, other.metOutside].compactMap { $0 }.max()
            lastActive = max(lastActive, other.lastActive)
        }
    }

    /// Statuses that a book keeps; there are some twenty in use.
    static let statuses = 64

    var books: ContiguousArray<Book> = []
    private var index: [Int: Int32] = [:]
    private var owners: ContiguousArray<Int> = []
    /// By workload: which book is its, and whose it was when that was found.
    private var ofWorkload: ContiguousArray<(serial: UInt64, book: Int32)> = []
    /// Peers that wait for their judgement, and statuses for the end of the interval.
    var newcomers: [FlowKey] = []
    var firsts: [(workload: WorkloadIndex, novelty: Novelty, status: SeenStatus, flow: FlowKey?, requests: UInt64)] = []
    /// The flows on which a workload failed to connect first, in this interval; one a book at most.
    var failures: [FlowKey] = []
    /// What was told on the node in the minute that began then.
    var toldSince: UInt64 = 0
    var told = 0
    /// The minute in which workloads were looked at whether they are called otherwise.
    var boundIn: UInt32 = 0
    /// Where the search for peers that got another name goes on.
    var cursor = 0
    /// What was new and not told: beyond a limit of those that wait, of books, or of the node's notices.
    var refused: UInt64 = 0
    let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    /// The book that was found for a workload, -1 where there is none for it; nil where none was looked for.
    func book(of workload: WorkloadIndex, serial: UInt64) -> Int? {
        guard ofWorkload.indices.contains(Int(workload)), ofWorkload[Int(workload)].serial == serial else { return nil }
        return Int(ofWorkload[Int(workload)].book)
    }

    /// Finds the book of a workload that is called so, and makes it where there is none. What was known under another name is kept.
    /// Without an identity it has none.
    mutating func bind(_ workload: WorkloadIndex, serial: UInt64, to identity: Int?, now: UInt64) {
        let before = book(of: workload, serial: serial) ?? -1
        let found = identity.flatMap { identity in index[identity].map { Int($0) } ?? open(identity, now: now) }
        while ofWorkload.count <= Int(workload) { ofWorkload.append((0, -1)) }
        ofWorkload[Int(workload)] = (serial, Int32(found ?? -1))
        if let found, before >= 0, before != found { books[found].add(books[before]) }
    }

    private mutating func open(_ identity: Int, now: UInt64) -> Int? {
        var book = Book()
        book.lastActive = now
        if books.count < capacity {
            books.append(book)
            owners.append(identity)
            index[identity] = Int32(books.count - 1)
            return books.count - 1
        }
        guard let oldest = books.indices.min(by: { books[$0].lastActive < books[$1].lastActive }),
            books[oldest].lastActive &+ Limits.flowMemory < now
        else {
            refused += 1
            return nil
        }
        index[owners[oldest]] = nil
        for place in ofWorkload.indices where Int(ofWorkload[place].book) == oldest { ofWorkload[place] = (0, -1) }
        books[oldest] = book
        owners[oldest] = identity
        index[identity] = Int32(oldest)
        return oldest
    }
}

/// Who a peer is, whatever its address: a hash of its name.
enum PeerIdentity: Hashable, Sendable {
    case inside(Int)
    case outside(Int)
}

/// A status as one side of a workload has it.
struct SeenStatus: Hashable, Sendable, BitwiseCopyable {
    var application: RequestProtocol
    var value: UInt16
    var direction: Direction

    var isError: Bool { value == RequestKey.unanswered || application.isError(status: value, on: direction) }

    /// Of HTTP the first digit; of DNS 5 for what is an error and 2 for what is none.
    var level: Int {
        guard value != RequestKey.unanswered else { return 5 }
        return switch application {
        case .http1: Int(value) / 100
        case .dns: isError ? 5 : 2
        }
    }

    /// Each of these is news by itself; of others only the first of their level.
    var isFailure: Bool { level >= 4 }

    func isLike(_ other: SeenStatus) -> Bool { application == other.application && direction == other.direction }
}
