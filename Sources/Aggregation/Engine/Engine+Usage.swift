// What workloads consume: the newest reading of each, and how much of it is new since the one before.

extension EngineState {
    mutating func fold(_ sample: UsageSample) {
        guard let place = placeOfCgroup[sample.cgroup] else { return }
        let index = Int(place.workload)
        tables.workloads[index].usageBefore = tables.workloads[index].usage
        tables.workloads[index].usage = sample
    }
}
