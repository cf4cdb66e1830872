// What a cgroup's path says, for every layout the field knows.

import Testing

@testable import Probes

@Suite struct CgroupPathTests {
    static let uid = "12345678-1234-1234-1234-123456789abc"
    static let underscored = "12345678_1234_1234_1234_123456789abc"
    static let id = String(repeating: "0123456789abcdef", count: 4)
    static let other = String(repeating: "fedcba9876543210", count: 4)

    @Test(
        "A pod and its container are found in every layout",
        arguments: [
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(underscored).slice/cri-containerd-\(id).scope",
            "/kubepods.slice/kubepods-pod\(underscored).slice/cri-containerd-\(id).scope",
            "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod\(underscored).slice/crio-\(id).scope",
            "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod\(underscored).slice/crio-conmon-\(id).scope",
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(underscored).slice/docker-\(id).scope",
            "/kubepods/burstable/pod\(uid)/\(id)",
            "/kubepods/pod\(uid)/\(id)",
            "/kubepods/besteffort/pod\(uid)/\(id)/nested/further",
            // kind: the kubelet has a slice of its own, and the node is a container.
            "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod\(underscored).slice/cri-containerd-\(id).scope",
            "/system.slice/docker-\(other).scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod\(underscored).slice/cri-containerd-\(id).scope",
            "/docker/\(other)/kubelet/kubepods/besteffort/pod\(uid)/\(id)",
            // k3s, k0s, microk8s; CRI-O with cgroupfs and with a container's own directory.
            "/system.slice/k3s.service/kubepods/burstable/pod\(uid)/\(id)",
            "/k8s.io/kubepods/pod\(uid)/\(id)",
            "/kubepods/burstable/pod\(uid)/crio-\(id)",
            "/kubepods.slice/kubepods-pod\(underscored).slice/crio-\(id).scope/container",
        ])
    func podAndContainer(path: String) {
        let parsed = CgroupPath(path)
        #expect(parsed.podUID == Self.uid)
        #expect(parsed.containerID == Self.id)
        #expect(parsed.unit == nil)
    }

    @Test("A user's own directory is no pod, whatever it is called")
    func imposter() {
        let parsed = CgroupPath("/user.slice/user-1000.slice/user@1000.service/app.slice/pod\(Self.uid)/\(Self.id)")
        #expect(parsed.podUID == nil)
    }

    @Test("A static pod is known by its manifest's hash")
    func staticPod() {
        let hash = String(repeating: "0a", count: 16)
        #expect(CgroupPath("/kubepods/burstable/pod\(hash)/\(Self.id)").podUID == hash)
    }

    @Test("A container without a pod is a container, not a unit")
    func containerWithoutPod() {
        let user = "/user.slice/user-1000.slice/user@1000.service/user.slice"
        for path in [
            // docker: the systemd driver, cgroupfs, a parent of one's own, rootless.
            "/system.slice/docker-\(Self.id).scope", "/docker/\(Self.id)", "/shop.slice/docker-\(Self.id).scope", "/shop/\(Self.id)",
            "\(user)/docker-\(Self.id).scope", "/system.slice/docker-\(Self.id).scope/init.scope",
            // podman: systemd, cgroupfs, split, in a pod, rootless, from a unit.
            "/machine.slice/libpod-\(Self.id).scope", "/libpod_parent/libpod-\(Self.id)",
            "/machine.slice/libpod-\(Self.id).scope/container",
            "/machine.slice/machine-libpod_pod_\(Self.other).slice/libpod-\(Self.id).scope",
            "/libpod_parent/\(Self.other)/libpod-\(Self.id)", "\(user)/libpod-\(Self.id).scope/container",
            "/system.slice/web.service/libpod-payload-\(Self.id)",
            // nerdctl, and docker inside of LXC.
            "/system.slice/nerdctl-\(Self.id).scope", "/default/\(Self.id)", "\(user)/nerdctl-\(Self.id).scope",
            "/lxc.payload.web1/system.slice/docker-\(Self.id).scope",
        ] {
            let parsed = CgroupPath(path)
            #expect(parsed.podUID == nil)
            #expect(parsed.containerID == Self.id)
            #expect(parsed.unit == nil && parsed.machine == nil, "\(path)")
        }
    }

    @Test("A container whose path has its name is known by it")
    func machines() {
        for path in [
            "/lxc.payload.web1", "/lxc.payload.web1/system.slice/nginx.service", "/lxc/web1/init.scope", "/lxc/web1",
            "/machine.slice/systemd-nspawn@web1.service/payload/system.slice/nginx.service",
        ] {
            #expect(CgroupPath(path).machine == "web1", "\(path)")
        }
        for path in [
            "/lxc.monitor.web1", "/lxc", "/user.slice/user-1000.slice/user@1000.service/app.slice/lxc.payload.web1",
            "/lxc.payload.node1/kubepods/pod\(Self.uid)/\(Self.id)",
        ] {
            #expect(CgroupPath(path).machine == nil, "\(path)")
        }
    }

    @Test("A pod's own directory inside a node that is a container has no container's id")
    func podOfNestedNode() {
        let parsed = CgroupPath("/docker/\(Self.other)/kubelet/kubepods/pod\(Self.uid)")
        #expect(parsed.podUID == Self.uid && parsed.containerID == nil)
    }

    @Test("The directory of a whole workload: the pod's, the container's outermost, else its own")
    func workloads() {
        func workload(_ path: String) -> String? { CgroupPath.workload(path).map { ($0.isPod ? "pod " : "") + $0.path } }
        let slice = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(Self.underscored).slice"
        #expect(workload(slice + "/cri-containerd-\(Self.id).scope/nested") == "pod " + slice)
        #expect(workload(slice) == "pod " + slice)
        #expect(workload("/kubepods/burstable/pod\(Self.uid)/\(Self.id)") == "pod /kubepods/burstable/pod\(Self.uid)")
        // A node that is itself a container.
        #expect(
            workload("/docker/\(Self.id)/kubelet/kubepods/pod\(Self.uid)/\(Self.id)")
                == "pod /docker/\(Self.id)/kubelet/kubepods/pod\(Self.uid)")
        #expect(workload("/docker/\(Self.id)/init.scope") == "/docker/\(Self.id)")
        #expect(workload("/machine.slice/libpod-\(Self.id).scope/container") == "/machine.slice/libpod-\(Self.id).scope")
        #expect(workload("/machine.slice/libpod-conmon-\(Self.id).scope") == nil)
        #expect(workload("/system.slice/nginx.service") == "/system.slice/nginx.service")
        #expect(workload("/user.slice/user@1000.service/pod\(Self.uid)") == "/user.slice/user@1000.service/pod\(Self.uid)")
    }

    @Test("A systemd unit is the innermost service or scope")
    func units() {
        #expect(CgroupPath("/system.slice/nginx.service").unit == "nginx.service")
        #expect(CgroupPath("/user.slice/user-0.slice/session-3.scope").unit == "session-3.scope")
        #expect(CgroupPath("/user.slice/user-1000.slice/user@1000.service/app.slice/app.service").unit == "app.service")
        #expect(CgroupPath("/system.slice").unit == nil)
    }

    @Test("What only looks like a pod is none")
    func impostors() {
        for path in ["/podcast", "/pod123", "/kubepods.slice/kubepods-podx.slice", "/pod\(Self.uid)x", "/", "", "///", "/pod"] {
            #expect(CgroupPath(path).podUID == nil, "\(path)")
        }
    }
}

@Suite struct PodLogsTests {
    @Test("Pod directories give namespace, name and UID")
    func podDirectories() {
        let parsed = PodLogs.parse(podDirectory: "shop_cart-7d9f_12345678-1234-1234-1234-123456789abc")
        #expect(parsed?.uid == "12345678-1234-1234-1234-123456789abc")
        #expect(parsed?.name == PodLogs.Name(namespace: "shop", pod: "cart-7d9f"))
        for wrong in ["", "a_b", "a_b_c_d", "nothing"] { #expect(PodLogs.parse(podDirectory: wrong) == nil) }
    }

    @Test("Container logs give the container's id and name, dashes in names included")
    func containerLogs() {
        let id = String(repeating: "ab", count: 32)
        let parsed = PodLogs.parse(containerLog: "cart-7d9f_shop_side-car-\(id).log")
        #expect(parsed?.id == id)
        #expect(parsed?.name == "side-car")
        for wrong in ["", ".log", "a_b_c.log", "a_b_c-123.log", "a_b_c-\(id).txt"] { #expect(PodLogs.parse(containerLog: wrong) == nil) }
    }
}

@Suite struct NamespaceAddressesTests {
    @Test("fib_trie gives the local addresses, each once")
    func fibTrie() {
        let text = """
            Main:
              +-- 0.0.0.0/0 3 0 5
                 +-- 10.7.0.0/24 2 0 2
                    |-- 10.7.0.0
                       /24 link UNICAST
                    |-- 10.7.0.2
                       /32 host LOCAL
                 |-- 127.0.0.1
                    /32 host LOCAL
            Local:
                    |-- 10.7.0.2
                       /32 host LOCAL
                    |-- 10.7.0.255
                       /32 link BROADCAST
            """
        #expect(NamespaceAddresses.parseFibTrie(text).map(\.description) == ["10.7.0.2", "127.0.0.1"])
    }

    @Test("if_inet6 gives addresses from their 32 digits")
    func ifInet6() {
        let text = """
            fd000000000000000000000000000002 02 40 00 80     eth0
            00000000000000000000000000000001 01 80 10 80       lo
            short 01 80 10 80 lo
            """
        #expect(NamespaceAddresses.parseIfInet6(text).map(\.description) == ["fd00::2", "::1"])
    }
}

@Suite struct CgroupTreeTests {
    @Test("The whole tree is preferred to a namespace's part of it")
    func mountPoints() {
        let mountinfo = """
            31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
            41 31 0:38 /part /sys/fs/cgroup/part rw,relatime - cgroup2 cgroup2 rw
            42 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:5 - cgroup2 cgroup2 rw
            43 31 0:39 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
            """
        #expect(CgroupTree.mountPoints(mountinfo) == ["/sys/fs/cgroup/unified", "/sys/fs/cgroup/part"])
    }
}
