// Tells what workloads consume. A pod's own cgroup has no sockets, so it is introduced here.

import Aggregation

extension NodeProbes {
    func tellUsage(_ now: UInt64, _ tell: (Event) -> Void) {
        guard usage.isDue(now) else { return }
        usage.follow(identity.withFiles, generation: identity.generation)
        usage.read(now) { sample in
            identity.introduce(sample.cgroup, now: now, tell)
            tell(.usage(sample))
        }
    }
}
