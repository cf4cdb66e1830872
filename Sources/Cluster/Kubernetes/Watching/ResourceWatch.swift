// The loop that lists one resource and watches it, until it is cancelled: asks, writes what comes into the book, waits as the
// course says.

import AsyncHTTPClient
import FoundationEssentials
import NIOCore

struct ResourceWatch: Sendable {
    let resource: Resource
    let client: APIClient
    let writer: ResourceWriter
    let health: SourceHealth
    let pace: WatchPace

    func run() async {
        var course = WatchCourse(pace)
        while !Task.isCancelled {
            let outcome =
                switch course.step {
                case .list(let continuation, let isPaged): await list(continuation, isPaged)
                case .watch(let version): await watch(version)
                }
            if Task.isCancelled { return }
            let verb: SourceHealth.Verb = if case .list = course.step { .list } else { .watch }
            let pause = course.advance(after: outcome, chance: .random(in: 0..<1))
            // A watch that ends or is cut once is everyday; it is told when it does not come back.
            if case .failed(let failure, _, _, _) = outcome, verb == .list || course.failures > 1 || failure == .forbidden {
                health.fails(resource, verb, failure)
            }
            if pause > .zero { try? await Task.sleep(for: pause) }
        }
    }

    private func list(_ continuation: String?, _ isPaged: Bool) async -> WatchCourse.Outcome {
        var target = resource.path
        if isPaged { target += "?limit=\(pace.page)" }
        if let continuation { target += "&continue=" + continuation.queryEscaped }
        if continuation == nil { writer.begin() }
        do throws(APIFailure) {
            let page = try await client.get(target, accept: resource.listForm, within: pace.listLimit, read)
            guard let version = page.resourceVersion, !version.isEmpty else { throw .garbled("a list without a resourceVersion") }
            if let next = page.continue, !next.isEmpty { return .page(version: version, continuation: next) }
            writer.finish(version: version)
            health.listed(resource)
            health.works(resource)
            return .page(version: version, continuation: nil)
        } catch {
            return .failed(error, version: "", lived: .zero, hasMoved: false)
        }
    }

    @Sendable private func read(_ body: HTTPClientResponse.Body) async throws -> WireList.Metadata {
        var cutter = ItemCutter()
        for try await buffer in body {
            cutter.push(Array(buffer.readableBytesView)) { writer.list($0) }
        }
        writer.refuse(cutter.refused)
        guard cutter.isWhole, let list = try? JSONDecoder().decode(WireList.self, from: Data(cutter.envelope)) else {
            throw APIFailure.garbled("a list that is no JSON")
        }
        return list.metadata ?? WireList.Metadata()
    }

    private func watch(_ version: String) async -> WatchCourse.Outcome {
        let seconds = Int.random(in: pace.watchSeconds)
        let target =
            "\(resource.path)?watch=1&allowWatchBookmarks=true&resourceVersion=\(version.queryEscaped)&timeoutSeconds=\(seconds)"
        let start = ContinuousClock.now
        writer.watch()
        do throws(APIFailure) {
            try await client.get(target, accept: resource.watchForm, within: .seconds(seconds) + pace.margin) { body in
                health.works(resource)
                var cutter = LineCutter()
                defer { writer.refuse(cutter.refused) }
                for try await buffer in body {
                    try cutter.push(Array(buffer.readableBytesView)) { line in
                        if case .failed(let failure) = writer.apply(line) { throw failure }
                    }
                }
            }
            return .ended(version: writer.version, lived: .now - start, hasMoved: writer.hasMoved)
        } catch {
            return .failed(error, version: writer.version, lived: .now - start, hasMoved: writer.hasMoved)
        }
    }
}

extension String {
    /// As a value in a URL's query.
    var queryEscaped: String {
        var text = ""
        for byte in utf8 {
            let scalar = Unicode.Scalar(byte)
            if byte < 0x80, scalar.properties.isAlphabetic || (0x30...0x39).contains(byte) || "-._~".unicodeScalars.contains(scalar) {
                text.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return text
    }
}

extension ContinuousClock.Instant {
    fileprivate static func - (end: Self, start: Self) -> Duration { start.duration(to: end) }
}
