// Where podglass runs, from what namespaces, cgroups and mounts say in each place.

import Testing

@testable import Probes

@Suite("Where podglass runs") struct PlaceTests {
    private static let first = Place.Facts(
        pidNamespace: 0xefff_fffc, cgroupNamespace: 0xefff_fffb, ownCgroup: "0::/user.slice/user-0.slice/session-3.scope\n",
        firstCgroup: "0::/init.scope\n", firstCommand: "systemd",
        mountinfo: "25 30 0:23 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")

    private static let podMount =
        "812 790 259:1 /var/lib/kubelet/pods/12345678-1234-1234-1234-123456789abc/containers/debugger/0f /dev/termination-log rw - ext4 /dev/root rw\n"

    private func place(_ change: (inout Place.Facts) -> Void) -> Place {
        var facts = Self.first
        change(&facts)
        return Place(facts)
    }

    @Test("on the node, over SSH or as a unit") func node() {
        let place = place {
            $0.roots = ["/proc/1/root"]
            // A machine made from a container's image.
            $0.hasContainerFile = true
        }
        #expect(place.kind == .node && place.root == nil && place.podUID == nil && place.limitation == nil && !place.hasOldHierarchies)
    }

    @Test("a node of kind is a node, though it is a container") func nestedNode() {
        let place = place {
            $0.pidNamespace = 4_026_532_500
            $0.cgroupNamespace = 4_026_532_501
            $0.firstCgroup = "0::/init.scope\n"
            $0.hasContainerFile = true
        }
        #expect(place.kind == .node)
    }

    @Test("kubectl debug node: a container with the node's processes, and its root at /host") func debugPod() {
        let place = place {
            $0.cgroupNamespace = 4_026_532_501
            $0.ownCgroup = "0::/\n"
            $0.firstCgroup = "0::/../../../../init.scope\n"
            $0.mountinfo += Self.podMount
            $0.roots = ["/host", "/proc/1/root"]
        }
        #expect(place.kind == .debugPod && place.root == "/host" && place.podUID == "12345678-1234-1234-1234-123456789abc")
        #expect(place.limitation == nil)
    }

    @Test("a debug pod on a node of kind, whose PID namespace is not the first") func debugPodOfKind() {
        let place = place {
            $0.pidNamespace = 4_026_532_500
            $0.cgroupNamespace = 4_026_532_501
            $0.ownCgroup = "0::/\n"
            $0.firstCgroup = "0::/../../../../../init.scope\n"
            $0.mountinfo += Self.podMount
        }
        #expect(place.kind == .debugPod && place.root == nil && place.limitation?.contains("/host") == true)
    }

    @Test("an ephemeral container of one pod sees only that pod's processes, shared or not")
    func ephemeral() {
        for first in ["0::/\n", "0::/../cri-containerd-\(CgroupPathTests.id).scope\n"] {
            let place = place {
                $0.pidNamespace = 4_026_532_500
                $0.cgroupNamespace = 4_026_532_501
                $0.ownCgroup = "0::/\n"
                $0.firstCgroup = first
                $0.firstCommand = "pause"
                $0.mountinfo += Self.podMount
                $0.roots = ["/proc/1/root"]
            }
            #expect(place.kind == .container && place.root == nil)
            #expect(place.sentence.contains("12345678-1234-1234-1234-123456789abc"))
            #expect(place.limitation?.contains("kubectl debug node") == true)
        }
    }

    @Test("docker run") func docker() {
        let place = place {
            $0.pidNamespace = 4_026_532_500
            $0.ownCgroup = "0::/system.slice/docker-\(CgroupPathTests.id).scope\n"
            $0.firstCgroup = $0.ownCgroup
            $0.firstCommand = "sh"
            $0.hasContainerFile = true
        }
        #expect(place.kind == .container && place.podUID == nil)
        #expect(place.hostNetwork != .file("/proc/1/ns/net"))
    }

    @Test("hierarchies of cgroup v1 count where they have controllers") func oldHierarchies() {
        #expect(place { $0.mountinfo += "36 25 0:33 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n" }.hasOldHierarchies)
        #expect(
            !place { $0.mountinfo += "36 25 0:33 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n" }.hasOldHierarchies)
        #expect(!place { $0.mountinfo = "36 25 - cgroup\nshort\n\n - \n" }.hasOldHierarchies)
    }
}

@Suite("What podglass may do") struct RightsTests {
    private func rights(_ capabilities: [Capability], root: Bool = false, machine: Bool = true) -> Rights {
        Rights(
            effective: capabilities.reduce(0) { $0 | 1 << UInt64($1.rawValue) }, isRoot: root, isInFirstUserNamespace: machine)
    }

    @Test("CAP_SYS_ADMIN holds CAP_BPF and CAP_PERFMON, and nothing else that podglass uses")
    func administration() {
        #expect(rights([.systemAdministration]).missing == [.networkAdministration, .processTrace, .readSearch])
        #expect(rights(Capability.allCases).missing.isEmpty)
        #expect(rights([]).missing == Capability.allCases)
    }

    @Test("one sentence names exactly what is missing, and how it is given")
    func refusals() throws {
        #expect(ObservationRight.refusal(rights([.bpf, .perfmon]), mapErrno: 0) == nil)
        let bpf = try #require(ObservationRight.refusal(rights([.bpf, .networkAdministration]), mapErrno: 0))
        #expect(bpf.sentence.hasPrefix("cannot observe this node without CAP_PERFMON: Operation not permitted; run as root"))
        let both = try #require(ObservationRight.refusal(rights([]), mapErrno: 1))
        #expect(both.sentence.hasPrefix("cannot observe this node without CAP_BPF and CAP_PERFMON:"))
        for way in ["sudo podglass", "sudo setcap cap_bpf,cap_perfmon,", "--profile=sysadmin", "privileged: true", "podglass demo"] {
            #expect(both.sentence.contains(way), "\(way)")
        }
    }

    @Test("where the capabilities are there and the kernel still refuses, that is said")
    func forbidden() throws {
        let seccomp = try #require(ObservationRight.refusal(rights(Capability.allCases, root: true), mapErrno: 1))
        #expect(seccomp.sentence.contains("seccomp"))
        let namespace = try #require(ObservationRight.refusal(rights(Capability.allCases, root: true, machine: false), mapErrno: 1))
        #expect(namespace.sentence.contains("user namespace"))
        let absent = try #require(ObservationRight.refusal(rights(Capability.allCases, root: true), mapErrno: 38))
        #expect(absent.sentence.contains("CONFIG_BPF_SYSCALL"))
    }

    @Test("a program that is refused names the capability, or says that nothing helps")
    func programs() {
        #expect(ObservationRight.advice(rights([.bpf, .perfmon])) == "it takes CAP_NET_ADMIN (docs/rights.md)")
        #expect(ObservationRight.advice(rights(Capability.allCases)).contains("to everyone"))
    }
}
