// What is asked next: every outcome from every step.

import Testing

@testable import Cluster

struct WatchCourseTests {
    private func watching() -> WatchCourse {
        var course = WatchCourse()
        #expect(course.advance(after: .page(version: "5", continuation: nil), chance: 0) == .zero)
        return course
    }

    private func failed(_ failure: APIFailure, moved: Bool = false) -> WatchCourse.Outcome {
        .failed(failure, version: "9", lived: .zero, hasMoved: moved)
    }

    @Test("pages, then a watch from where the list stood, then on from where it ended")
    func straight() {
        var course = WatchCourse()
        #expect(course.step == .list(continuation: nil, isPaged: true))
        #expect(course.advance(after: .page(version: "5", continuation: "next"), chance: 1) == .zero)
        #expect(course.step == .list(continuation: "next", isPaged: true))
        #expect(course.advance(after: .page(version: "5", continuation: nil), chance: 1) == .zero)
        #expect(course.step == .watch(version: "5"))
        #expect(course.advance(after: .ended(version: "8", lived: .seconds(250), hasMoved: true), chance: 1) == .zero)
        #expect(course.step == .watch(version: "8"))
    }

    @Test("a cut watch goes on from the last version; only what is lost is listed anew")
    func failures() {
        for failure: APIFailure in [.cut, .silent, .unreachable("x"), .busy(status: 503, retryAfter: nil), .unauthorized, .forbidden] {
            var course = watching()
            #expect(course.advance(after: failed(failure), chance: 0) >= .milliseconds(250))
            #expect(course.step == .watch(version: "9"))
        }
        for failure: APIFailure in [.gone, .refused(status: 400), .garbled("x")] {
            var course = watching()
            _ = course.advance(after: failed(failure), chance: 0)
            #expect(course.step == .list(continuation: nil, isPaged: true))
        }
    }

    @Test("pauses double to half a minute, are spread, and begin anew once a watch told something")
    func pauses() {
        var course = watching()
        var last = Duration.zero
        for _ in 0..<20 {
            var other = course
            let longest = course.advance(after: failed(.cut), chance: 1)
            #expect(other.advance(after: failed(.cut), chance: 0) == longest / 2)
            #expect(longest >= last && longest <= .seconds(30))
            last = longest
        }
        #expect(last == .seconds(30))
        #expect(course.advance(after: failed(.cut, moved: true), chance: 1) == .milliseconds(500))
    }

    @Test("a server that gives a list and at once forgets it is not asked in a storm")
    func goneAtOnce() {
        var course = WatchCourse()
        var pauses: [Duration] = []
        for _ in 0..<6 {
            _ = course.advance(after: .page(version: "5", continuation: nil), chance: 1)
            pauses.append(course.advance(after: failed(.gone), chance: 1))
        }
        #expect(pauses == pauses.sorted())
        #expect(pauses.last ?? .zero >= .seconds(8))
    }

    @Test("watches that end at once are not asked for in a storm either")
    func endsAtOnce() {
        var course = watching()
        var pauses: [Duration] = []
        for _ in 0..<6 { pauses.append(course.advance(after: .ended(version: "5", lived: .zero, hasMoved: false), chance: 1)) }
        #expect(pauses.last ?? .zero >= .seconds(8))
    }

    @Test("a continue token that expired: the list anew at once, and the second time in one piece")
    func expiredPages() {
        var course = WatchCourse()
        _ = course.advance(after: .page(version: "5", continuation: "a"), chance: 0)
        #expect(course.advance(after: failed(.gone), chance: 0) == .zero)
        #expect(course.step == .list(continuation: nil, isPaged: true))
        _ = course.advance(after: .page(version: "6", continuation: "b"), chance: 0)
        #expect(course.advance(after: failed(.gone), chance: 0) > .zero)
        #expect(course.step == .list(continuation: nil, isPaged: false))
    }

    @Test("a page that fails is asked for again; a token that the server does not know begins anew")
    func pageFails() {
        var course = WatchCourse()
        _ = course.advance(after: .page(version: "5", continuation: "a"), chance: 0)
        _ = course.advance(after: failed(.cut), chance: 0)
        #expect(course.step == .list(continuation: "a", isPaged: true))
        _ = course.advance(after: failed(.refused(status: 400)), chance: 0)
        #expect(course.step == .list(continuation: nil, isPaged: true))
    }

    @Test("Retry-After is obeyed where it is longer")
    func retryAfter() {
        var course = watching()
        #expect(course.advance(after: failed(.busy(status: 429, retryAfter: 7)), chance: 0) == .seconds(7))
        #expect(course.advance(after: failed(.busy(status: 429, retryAfter: 0)), chance: 1) >= .milliseconds(500))
    }
}
