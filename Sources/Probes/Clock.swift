// The two clocks of a moment.

import Aggregation
import Glibc

package enum Clock {
    package static func now() -> Moment { Moment(wall: read(CLOCK_REALTIME), monotonic: read(CLOCK_MONOTONIC)) }

    package static func monotonic() -> UInt64 { read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
