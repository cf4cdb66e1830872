// CPU time of this thread, not time on the wall: the machine has other work. Every figure is a median of repetitions.

import Glibc

enum Stopwatch {
    /// Nanoseconds of CPU of this thread.
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    static func nanoseconds(_ body: () throws -> Void) rethrows -> Double {
        let started = now()
        try body()
        return Double(now() - started)
    }

    /// Sorted; the first repetition warms up and is not among them.
    static func repeated(_ count: Int, _ body: () throws -> Void) rethrows -> [Double] {
        try body()
        var times: [Double] = []
        for _ in 0..<count { times.append(try nanoseconds(body)) }
        return times.sorted()
    }
}

extension [Double] {
    /// The value below which `share` of a sorted list lies.
    func quantile(_ share: Double) -> Double { isEmpty ? 0 : self[Swift.min(count - 1, Int(share * Double(count)))] }

    var median: Double { sorted().quantile(0.5) }
}

/// Keeps a result, so that the work behind it is not optimized away.
@inline(never) func keep<Value>(_ value: Value) { withExtendedLifetime(value) {} }
