// Who listens, and single connections where somebody wants them listed.

import Aggregation
import CProbes

extension NodeProbes {
    /// Which process holds a connection is asked anew so often while connections are listed: it walks all open files.
    private static let ownersPeriod: UInt64 = 5_000_000_000

    func tellListeners(_ now: UInt64, _ tell: (Event) -> Void) {
        guard let descriptor = maps["listeners"] else { return }
        let map = BPFMap<listener_key, listener_row>(descriptor: descriptor)
        var gone: [listener_key] = []
        map.forEach { key, row in
            identity.introduce(row.pointee.cgroup, now: now, tell)
            tell(.listener(ListenerSample(key, row.pointee, rootCgroup: identity.tree.rootID)))
            if row.pointee.pass != pass, row.pointee.pass != 0 { gone.append(key) }
        }
        for key in gone {
            map.remove(key)
            tell(.listenerClosed(netns: key.netns, Address(key.address), port: key.port))
        }
    }

    func tellConnections(_ now: UInt64, _ tell: (Event) -> Void) throws(ProbeError) {
        guard listed != .none, let lister, let control else { return }
        control.pointee.listed = 0
        control.pointee.list_limit = UInt32(Limits.connections)
        control.pointee.only_listed_flow = 0
        if case .flow(let key) = listed {
            control.pointee.only_listed_flow = 1
            control.pointee.listed_flow = flow_key(key)
        }
        if ownersFoundAt == 0 || now &- ownersFoundAt > NodeProbes.ownersPeriod {
            ownersFoundAt = now
            try ownerFinder?.run(into: buffer)
        }
        var records = RecordStream<connection_record>()
        var samples: [ConnectionSample] = []
        try visit(lister) { piece in
            records.receive(piece) { record in
                if let sample = ConnectionSample(record) { samples.append(sample) }
            }
        }
        for sample in samples {
            identity.introduce(sample.key.cgroup, now: now, tell)
            tell(.connection(sample))
        }
    }
}
