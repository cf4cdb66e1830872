import Testing

@testable import Aggregation

@Suite struct SeasonTests {
    private static let pointsInDay = 288

    /// A point every five minutes, at 100, and at 200 from nine to noon.
    private func watch(days: Int, _ streams: inout Streams, into watched: inout WatchedSeries, peak: Double = 100) -> [Judgement] {
        watched.step = 300 * Streams.second
        return (0..<days * SeasonTests.pointsInDay).map { point in
            let hour = Double(point % SeasonTests.pointsInDay) / 12
            return watched.see(100 + (hour >= 9 && hour < 12 ? peak : 0) + 3 * streams.normal())
        }
    }

    @Test("A peak of every day is calm once it is known, and its absence is an alarm of the season")
    func missingPeak() {
        var streams = Streams(seed: 11)
        var watched = WatchedSeries()
        _ = watch(days: 9, &streams, into: &watched)
        let usual = watched.alarms
        _ = watch(days: 5, &streams, into: &watched)
        #expect(watched.alarms - usual <= 5, "\(watched.alarms - usual)")
        let day = watch(days: 1, &streams, into: &watched, peak: 0)
        let missing = day[9 * 12..<12 * 12]
        #expect(missing.contains { $0.score >= Detector.alarm && $0.shape == .season })
        #expect(missing.prefix(12).allSatisfy { abs($0.expected - 200) < 20 })
    }

    @Test("Five weeks with quiet Sundays: the last Sunday is calm")
    func weekdays() {
        var streams = Streams(seed: 12)
        var watched = WatchedSeries()
        var alarms: [Int] = []
        for day in 0..<42 {
            let before = watched.alarms
            _ = watch(days: 1, &streams, into: &watched, peak: day % 7 == 3 ? 40 : 100)
            alarms.append(watched.alarms - before)
        }
        #expect(alarms.suffix(7).reduce(0, +) <= 7, "\(alarms)")
    }

    @Test("A clock that is set back, or far ahead, breaks nothing")
    func clocks() {
        var season = Season()
        for wall: UInt64 in [.max, 0, 86_400 * Streams.second, UInt64.max / 2, 5] {
            season.learn(1, wall: wall)
            #expect(season.expected(wall: wall).map { $0.isFinite } ?? true)
            #expect(season.expected(wall: 0).map { $0.isFinite } ?? true)
        }
    }
}
