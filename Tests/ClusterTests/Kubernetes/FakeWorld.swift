// A generated cluster that changes at random: Deployments and CronJobs with pods whose addresses are reused, Services,
// EndpointSlices of machines outside. It knows what a reader of names has to end with.

import Aggregation

@testable import Cluster

struct FakeWorld {
    struct Pod {
        var uid: String
        var name: String
        var namespace: String
        var owner: Int?
        var address: String
        var hasEnded = false
        var labels: [String: String]
        var restarts = 0
    }

    struct Owner {
        var uid: String
        var name: String
        var isJob: Bool
        var maker: String
        var hash: String
    }

    static let pods = "/api/v1/pods"
    static let services = "/api/v1/services"
    static let nodes = "/api/v1/nodes"
    static let slices = "/apis/discovery.k8s.io/v1/endpointslices"

    let cluster: FakeCluster
    private(set) var alive: [Pod] = []
    private(set) var owners: [Owner] = []
    private(set) var services: [(uid: String, name: String, address: String)] = []
    private(set) var machines: [(uid: String, name: String, address: String)] = []
    private var random: Seeded
    private var serial = 0

    struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
            return value ^ value >> 31
        }
    }

    init(_ cluster: FakeCluster, seed: UInt64) {
        self.cluster = cluster
        random = Seeded(state: seed)
    }

    private mutating func uid() -> String {
        serial += 1
        let digits = String(serial, radix: 16)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    // MARK: Changes

    mutating func change() async {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: await addOwner()
        case 1: await addService()
        case 2: await removeService()
        case 3: await addMachine()
        case 4: await removeMachine()
        case 5...10: await addPod()
        case 11...14: await removePod()
        case 15: await endPod()
        default: await restartPod()
        }
    }

    mutating func addOwner() async {
        let number = serial
        let isJob = Bool.random(using: &random)
        let maker = (isJob ? "tick-" : "front-end-") + String(number)
        let hash = isJob ? String(29_000_000 + number) : "5d8c" + String(number)
        let owner = Owner(uid: uid(), name: maker + "-" + hash, isJob: isJob, maker: maker, hash: hash)
        owners.append(owner)
        await cluster.put(isJob ? "/apis/batch/v1/jobs" : "/apis/apps/v1/replicasets", owner.uid) { version in
            """
            {"kind":"PartialObjectMetadata","metadata":{"name":"\(owner.name)","namespace":"shop","uid":"\(owner.uid)",\
            "resourceVersion":"\(version)","ownerReferences":[{"apiVersion":"apps/v1","kind":"\(isJob ? "CronJob" : "Deployment")",\
            "name":"\(maker)","uid":"x","controller":true}]}}
            """
        }
    }

    mutating func addPod() async {
        let owner = owners.isEmpty || Int.random(in: 0..<5, using: &random) == 0 ? nil : Int.random(in: 0..<owners.count, using: &random)
        let taken = Set(alive.filter { !$0.hasEnded }.map(\.address))
        // Few addresses: they are used again, also those of pods that have ended and are listed still.
        let free = (1...(max(60, alive.count * 2))).map { "10.244.\($0 / 250).\($0 % 250 + 1)" }.filter { !taken.contains($0) }
        guard let address = free.randomElement(using: &random) else { return }
        let id = uid()
        var labels = ["app": "app-\(serial % 7)", "tier": "a-rather-long-value-of-a-label"]
        if let owner, !owners[owner].isJob { labels["pod-template-hash"] = owners[owner].hash }
        let name = (owner.map { owners[$0].name } ?? "lonely") + "-" + String(serial, radix: 36)
        let pod = Pod(uid: id, name: name, namespace: "namespace-\(serial % 5)", owner: owner, address: address, labels: labels)
        alive.append(pod)
        await tell(pod)
    }

    private mutating func removePod() async {
        guard let index = alive.indices.randomElement(using: &random) else { return }
        let pod = alive.remove(at: index)
        let json = json(pod)
        await cluster.remove(Self.pods, pod.uid, json)
    }

    private mutating func endPod() async {
        guard let index = alive.indices.randomElement(using: &random) else { return }
        alive[index].hasEnded = true
        await tell(alive[index])
    }

    private mutating func restartPod() async {
        guard let index = alive.indices.randomElement(using: &random) else { return }
        alive[index].restarts += 1
        await tell(alive[index])
    }

    private func tell(_ pod: Pod) async { await cluster.put(Self.pods, pod.uid, json(pod)) }

    mutating func addService() async {
        let id = uid()
        let service = (uid: id, name: "service-\(serial)", address: "10.96.\(serial / 250 % 250).\(serial % 250 + 1)")
        services.append(service)
        await cluster.put(Self.services, id, Self.json(service))
    }

    private mutating func removeService() async {
        guard let index = services.indices.randomElement(using: &random) else { return }
        let service = services.remove(at: index)
        await cluster.remove(Self.services, service.uid, Self.json(service))
    }

    private mutating func addMachine() async {
        let id = uid()
        let machine = (uid: id, name: "database-\(serial)", address: "192.0.2.\(serial % 250 + 1)")
        machines.append(machine)
        await cluster.put(Self.slices, id, Self.slice(machine))
    }

    private mutating func removeMachine() async {
        guard let index = machines.indices.randomElement(using: &random) else { return }
        let machine = machines.remove(at: index)
        await cluster.remove(Self.slices, machine.uid, Self.slice(machine))
    }

    // MARK: JSON, with about as much around it as a real one has

    private static func managed(_ weight: Int) -> String {
        #""managedFields":[{"manager":"kube-controller-manager","operation":"Update","fieldsV1":{"f:metadata":{"#
            + (0..<weight).map { #""f:field-\#($0)":{".":{},"k:{\"type\":\"Ready\"}":{}}"# }.joined(separator: ",") + "}}}]"
    }

    static let noise = managed(40)

    func json(_ pod: Pod) -> (Int) -> String {
        let owner = pod.owner.map { owners[$0] }
        let reference = owner.map { owner in
            #","ownerReferences":[{"apiVersion":"\#(owner.isJob ? "batch" : "apps")/v1","kind":"\#(owner.isJob ? "Job" : "ReplicaSet")","#
                + #""name":"\#(owner.name)","uid":"\#(owner.uid)","controller":true}]"#
        }
        let labels = pod.labels.map { #""\#($0.key)":"\#($0.value)""# }.joined(separator: ",")
        let digits = pod.uid.filter { $0 != "-" }
        return { version in
            """
            {"metadata":{"name":"\(pod.name)","namespace":"\(pod.namespace)","uid":"\(pod.uid)","resourceVersion":"\(version)",\
            "labels":{\(labels)}\(reference ?? ""),\(Self.noise)},\
            "spec":{"nodeName":"a-node-with-a-long-name-1.example","containers":[{"name":"main","image":"registry.example/shop/front-end:1.2.3"}]},\
            "status":{"phase":"\(pod.hasEnded ? "Failed" : "Running")","podIP":"\(pod.address)","podIPs":[{"ip":"\(pod.address)"}],\
            "containerStatuses":[{"name":"main","containerID":"containerd://\(digits)\(digits)","restartCount":\(pod.restarts),"state":{"running":{}}}]}}
            """
        }
    }

    private static func json(_ service: (uid: String, name: String, address: String)) -> (Int) -> String {
        { version in
            #"{"metadata":{"name":"\#(service.name)","namespace":"shop","uid":"\#(service.uid)","resourceVersion":"\#(version)",\#(noise)},"#
                + #""spec":{"clusterIP":"\#(service.address)","clusterIPs":["\#(service.address)"]}}"#
        }
    }

    private static func slice(_ machine: (uid: String, name: String, address: String)) -> (Int) -> String {
        { version in
            #"{"metadata":{"name":"\#(machine.name)-x","namespace":"shop","uid":"\#(machine.uid)","resourceVersion":"\#(version)","#
                + #""labels":{"kubernetes.io/service-name":"\#(machine.name)"}},"addressType":"IPv4","endpoints":[{"addresses":["\#(machine.address)"]},"#
                + #"{"addresses":["10.244.9.9"],"targetRef":{"kind":"Pod","name":"p"}}]}"#
        }
    }

    // MARK: What is to be known in the end

    var expected: [String: String] {
        var lines: [String: String] = [:]
        for pod in alive {
            let maker = pod.owner.map { (owners[$0].isJob ? "CronJob " : "Deployment ") + owners[$0].maker } ?? "-"
            lines["pod \(pod.uid)"] =
                "\(pod.namespace)/\(pod.name) \(pod.hasEnded ? [] : [pod.address]) \(maker) \(pod.restarts) \(pod.hasEnded)"
        }
        for service in services { lines["service \(service.uid)"] = "shop/\(service.name) \([service.address]) - 0 false" }
        for machine in machines { lines["endpoint \(machine.uid)"] = "shop/\(machine.name) \([machine.address]) - 0 false" }
        return lines
    }

    static func known(_ table: Table) -> [String: String] {
        table.objects.mapValues { object in
            let maker = object.controller.map { $0.kind + " " + $0.name + ($0.isEstimated ? "~" : "") } ?? "-"
            return "\(object.namespace ?? "")/\(object.name) \(object.addresses.map(\.description)) \(maker) "
                + "\(object.containers.first?.restarts ?? 0) \(object.hasEnded)"
        }
    }
}
