// What sources of names know, joined with what sockets showed: pods and containers with their cgroups, everything else with
// its addresses.

struct ObjectKey: Hashable, Sendable {
    var kind: ClusterObject.Kind
    var id: String
}

extension EngineState {
    mutating func learn(_ object: ClusterObject) {
        let key = ObjectKey(kind: object.kind, id: object.id)
        let known = objects[key]
        guard known != object else { return }
        guard known != nil || objects.count < capacities.objects else {
            tables.objectsRefused += 1
            return
        }
        objects[key] = object
    }

    mutating func forget(_ kind: ClusterObject.Kind, id: String) { objects[ObjectKey(kind: kind, id: id)] = nil }

    mutating func learn(_ sample: SourceSample) {
        if let index = tables.sources.firstIndex(where: { $0.name == sample.name }) {
            tables.sources[index] = sample
        } else if tables.sources.count < Limits.sources {
            tables.sources.append(sample)
        }
    }
}
