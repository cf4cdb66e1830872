// Which backend answers for a Service: connection tracking of the host's network namespace, asked every few seconds through
// a netlink socket that the reader owns. Passive: no module is loaded for it, no packet is tracked that was not, and no event
// is subscribed to. A connection that came and went between two passes, its entry included, is not seen.

import Aggregation
import CLinux
import Glibc

package struct Translations: ~Copyable {
    /// Where the host's network namespace is.
    package enum Namespace: Equatable {
        /// This process's own.
        case own
        /// The file of another one: /proc/1/ns/net in a debug pod.
        case file(String)
        /// Out of reach, and why.
        case unreachable(String)
    }

    /// From the end of one pass to the next, nanoseconds; a pass that took long is repeated more seldom.
    private static let period: UInt64 = 3_000_000_000
    private static let restPerWork: UInt64 = 100
    /// What one interval gives to a pass, which goes on in the next: nanoseconds, and entries.
    private static let budget: UInt64 = 20_000_000
    private static let entriesAtOnce = 20_000
    /// Translations remembered; further ones are counted and not told.
    static let limit = 16_384
    /// One that is still there is told again after so long: its client may not have been known before.
    private static let retelling: UInt64 = 10_000_000_000
    /// After a refusal it is tried again so often.
    private static let retrying: UInt64 = 30_000_000_000

    package static let notAsked = "not asked yet"

    private let namespace: Namespace
    private let isBuiltIn: Bool
    private var descriptor: Int32 = -1
    private var sequence: UInt32 = 0
    private var pass: Pass?
    private var dueAt: UInt64 = 0
    /// When each was told last, and in which pass it was seen last.
    private var known: [TranslationSample: (toldAt: UInt64, pass: UInt32)] = [:]
    package private(set) var sample: SourceSample

    private struct Pass {
        var clients: Set<Address>?
        var work: UInt64 = 0
        var entries: UInt64 = 0
        var refused: UInt64 = 0
    }

    /// - Parameter isBuiltIn: whether the kernel itself answers, without a module that asking would load.
    package init(_ namespace: Namespace, isBuiltIn: Bool) {
        self.namespace = namespace
        self.isBuiltIn = isBuiltIn
        sample = SourceSample(name: "connection tracking", place: Translations.place(namespace), state: .off, reason: Translations.notAsked)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    private static func place(_ namespace: Namespace) -> String {
        switch namespace {
        case .own, .unreachable: "the host's network namespace"
        case .file(let path): path
        }
    }

    /// Goes on with a pass, or begins one when it is time. `clients` are the addresses whose connections matter; nil is
    /// everybody's. `buffer` is scratch for one datagram.
    package mutating func collect(
        now: UInt64, clients: @autoclosure () -> Set<Address>?, into buffer: UnsafeMutableRawBufferPointer,
        _ tell: (TranslationSample) -> Void
    ) {
        if pass == nil {
            guard now >= dueAt else { return }
            do { try begin(clients()) } catch { return fail(error, now) }
        }
        do {
            if try read(into: buffer, now, tell) { return end(now) }
            // A first pass over a large table takes several intervals: what it has is told meanwhile.
            guard sample.state == .off else { return }
            sample.state = .works
            sample.gave = "\(counted(known.count, "translation")) so far"
            sample.reason = nil
        } catch {
            fail(error, now)
        }
    }

    /// Whether anybody may be asked at all.
    var isReachable: Bool {
        switch namespace {
        case .own, .file: true
        case .unreachable: false
        }
    }

    /// Opens the socket while the right to enter another network namespace is there; what fails now is tried again with the first pass.
    mutating func openAtStart() {
        if descriptor < 0 { descriptor = (try? open()) ?? -1 }
    }

    private mutating func begin(_ clients: Set<Address>?) throws(Refusal) {
        if descriptor < 0 { descriptor = try open() } else { drain() }
        sequence &+= 1
        let question = ConntrackMessages.dump(sequence: sequence)
        guard send(descriptor, question, question.count, 0) == question.count else { throw Refusal(errno) }
        pass = Pass(clients: clients)
    }

    /// Throws away what a pass that failed has left on the socket.
    private func drain() {
        var byte: UInt8 = 0
        for _ in 0..<Translations.limit where recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT)) < 0 && errno != ENOBUFS && errno != EINTR {
            return
        }
    }

    /// Looks before it asks: a socket of netfilter's, and a question to connection tracking, would load their modules.
    private func check() throws(Refusal) {
        if case .unreachable(let reason) = namespace { throw Refusal(reason) }
        guard isBuiltIn || SmallFile.inode("/sys/module/nf_conntrack_netlink") != nil,
            Translations.hasNetfilter(SmallFile.read("/proc/thread-self/net/netlink") ?? "")
        else {
            throw Refusal("connection tracking is not in use here, or its module nf_conntrack_netlink is not loaded; podglass loads none")
        }
    }

    private func open() throws(Refusal) -> Int32 {
        try check()
        var path: String?
        if case .file(let file) = namespace { path = file }
        do {
            return try NetworkNamespaces.inside(path) { () throws(ProbeError) in
                let descriptor = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), NETLINK_NETFILTER)
                guard descriptor >= 0 else {
                    throw ProbeError(operation: "open", subject: "a netlink socket", errno: errno, advice: "")
                }
                return descriptor
            }
        } catch {
            throw Refusal(error.sentence)
        }
    }

    /// Whether netfilter's netlink is there: the kernel's own socket (Pid 0) of protocol 12 in /proc/net/netlink.
    static func hasNetfilter(_ text: String) -> Bool {
        text.split(separator: "\n").contains { line in
            let fields = line.split(separator: " ")
            return fields.count > 2 && fields[1] == "12" && fields[2] == "0"
        }
    }

    /// Reads what the budget allows; true at the end of the pass.
    private mutating func read(
        into buffer: UnsafeMutableRawBufferPointer, _ now: UInt64, _ tell: (TranslationSample) -> Void
    ) throws(Refusal) -> Bool {
        guard var pass else { return true }
        var isOver = false
        var refusal: Int32?
        let began = Clock.monotonic()
        let entries = pass.entries
        repeat {
            // The kernel looks for the next entries while it is read: it never has to be waited for.
            let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Refusal(errno) }
            ConntrackMessages.read(UnsafeRawBufferPointer(rebasing: buffer[..<count]), sequence: sequence) { answer in
                switch answer {
                case .entry(let translation):
                    pass.entries += 1
                    if let translation { take(translation, &pass, now, tell) }
                case .ended: isOver = true
                case .refused(let errno): refusal = errno
                }
            }
            if let refusal { throw Refusal(refusal) }
        } while !isOver && Clock.monotonic() - began < Translations.budget && pass.entries - entries < Translations.entriesAtOnce
        pass.work += Clock.monotonic() - began
        self.pass = pass
        return isOver
    }

    private mutating func take(_ translation: TranslationSample, _ pass: inout Pass, _ now: UInt64, _ tell: (TranslationSample) -> Void) {
        if let clients = pass.clients, !clients.contains(translation.client) { return }
        if let before = known[translation] {
            let isDue = now >= before.toldAt &+ Translations.retelling
            known[translation] = (isDue ? now : before.toldAt, sequence)
            if isDue { tell(translation) }
        } else if known.count < Translations.limit {
            known[translation] = (now, sequence)
            tell(translation)
        } else {
            pass.refused += 1
        }
    }

    private mutating func end(_ now: UInt64) {
        guard let pass else { return }
        self.pass = nil
        dueAt = now &+ max(Translations.period, pass.work &* Translations.restPerWork)
        known = known.filter { $0.value.pass == sequence }
        let services = Set(known.keys.map { Destination(address: $0.service, port: $0.servicePort, transport: $0.transport) }).count
        sample.state = pass.refused == 0 ? .works : .degraded
        sample.gave =
            known.isEmpty
            ? "no translation at present" : counted(known.count, "translation") + " of " + counted(services, "address", "addresses")
        sample.reason =
            pass.refused == 0 ? nil : "more than \(Translations.limit) translations at once: \(pass.refused) connections were left out"
    }

    private struct Destination: Hashable {
        var address: Address
        var port: UInt16
        var transport: Transport
    }

    private mutating func fail(_ refusal: Refusal, _ now: UInt64) {
        // That of another network namespace is kept: the right to enter it again was given up after the start.
        if case .own = namespace, descriptor >= 0 {
            close(descriptor)
            descriptor = -1
        }
        pass = nil
        dueAt = now &+ Translations.retrying
        sample.state = .off
        sample.gave = ""
        sample.reason = refusal.reason
    }

    private struct Refusal: Error {
        var reason: String

        init(_ reason: String) { self.reason = reason }

        init(_ errno: Int32) {
            reason =
                errno == EPERM
                ? "reading it takes CAP_NET_ADMIN (docs/rights.md)"
                : "the kernel does not answer: \(ProbeError.text(of: errno))"
        }
    }
}
