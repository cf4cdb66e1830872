// Paths of cgroups, names of log directories, the text of their files and of mountinfo: all written by whoever runs there.

@testable import Probes

func fuzz(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    bounded("a path") {
        let path = CgroupPath(text)
        if let uid = path.podUID { check(uid.utf8.count == 36 || uid.utf8.count == 32, "a pod's UID \(uid)") }
        if let container = path.containerID { check(container.utf8.count == 64, "a container's id \(container)") }
        if let workload = CgroupPath.workload(text) {
            check(text.hasPrefix(workload.path), "\(workload.path) is no beginning of it")
            let again = CgroupPath.workload(workload.path)
            check(again?.path == workload.path && again?.isPod == workload.isPod, "a workload's directory is another workload's")
        }
    }
    if let (uid, name) = PodLogs.parse(podDirectory: text) {
        let parts = [name.namespace, name.pod, uid]
        check(parts == text.split(separator: "_").map(String.init), "a pod \(parts) of \(text)")
    }
    if let (id, name) = PodLogs.parse(containerLog: text) {
        check(id.utf8.count == 64 && text.hasSuffix("\(name)-\(id).log"), "a container \(name) of \(text)")
    }
    bounded("a cgroup's file") {
        bytes.withUnsafeBytes { bytes in
            _ = CgroupText.number(bytes)
            _ = CgroupText.value(of: "usage_usec", in: bytes)
            _ = CgroupText.stall(in: bytes)
        }
    }
    _ = bounded("mountinfo") { ControllerTrees.mountPoints(text, of: "memory") }
}
