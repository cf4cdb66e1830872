// What a pod's link does to its packets: slows them down (tc's token bucket) or brings them out of order (a forwarder between
// the pod's port and the bridge; netem is not in every kernel). They go with the namespaces.

extension Pod {
    /// What leaves this pod leaves at most so fast.
    package func slowDown(megabitsPerSecond rate: Int) throws {
        try tool(["tc", "qdisc", "replace", "dev", "eth0", "root", "tbf", "rate", "\(rate)mbit", "burst", "64kb", "latency", "50ms"])
    }

    /// From now on `percent` of what comes and goes waits up to three milliseconds, so that what came after it overtakes it.
    package func reorder(percent: Int, in laboratory: Laboratory) async throws {
        let forwarder = try Program(
            [
                "nsenter", "--net=/run/netns/" + laboratory.bridge, "--", "python3", "-u", "-c", Pod.forwarder, port,
                "/run/netns/" + networkNamespace, "\(percent)",
            ], directory: directory, label: "forwarder")
        keep(forwarder)
        try await forwarder.says("ready")
    }

    /// Takes the port off the bridge and stands between the two: a tap device takes its place there, whose packets come
    /// segmented and with checksums; for the pod's own the same is asked of its interface.
    private static let forwarder = #"""
        import array, ctypes, fcntl, heapq, os, random, select, socket, struct, subprocess, sys, time
        port, namespace, percent = sys.argv[1], sys.argv[2], int(sys.argv[3])
        def run(*words):
            subprocess.run(words, check=True)
        with open("/proc/self/ns/net") as own, open(namespace) as pods:
            libc = ctypes.CDLL(None, use_errno=True)
            libc.setns(pods.fileno(), 0)
            asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            # SIOCETHTOOL with ETHTOOL_STSO, SGSO, STXCSUM, SSG: 0 (linux/ethtool.h).
            for command in (0x1F, 0x24, 0x17, 0x19):
                value = array.array("I", [command, 0])
                fcntl.ioctl(asking, 0x8946, struct.pack("16sP8x", b"eth0", value.buffer_info()[0]))
            libc.setns(own.fileno(), 0)
        tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        # TUNSETIFF: IFF_TAP | IFF_NO_PI
        fcntl.ioctl(tap, 0x400454CA, struct.pack("16sH22x", b"t" + port.encode(), 0x1002))
        run("ip", "link", "set", "t" + port, "master", "br0", "up")
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        wire.bind((port, 3))
        wire.setblocking(False)
        run("ip", "link", "set", port, "nomaster")
        print("ready")
        waiting, number = [], 0
        def forward(frame, send):
            global number
            if random.randrange(100) < percent:
                number += 1
                heapq.heappush(waiting, (time.monotonic() + random.uniform(0.0005, 0.003), number, frame, send))
            else:
                send(frame)
        def to_pod(frame):
            try: wire.send(frame)
            except OSError: pass
        def to_bridge(frame):
            try: os.write(tap, frame)
            except OSError: pass
        while True:
            patience = max(0, waiting[0][0] - time.monotonic()) if waiting else None
            for ready in select.select([tap, wire], [], [], patience)[0]:
                for _ in range(64):
                    try:
                        if ready is tap:
                            forward(os.read(tap, 65536), to_pod)
                        else:
                            frame, address = wire.recvfrom(65536)
                            # PACKET_OUTGOING is what we sent ourselves.
                            if address[2] != 4: forward(frame, to_bridge)
                    except BlockingIOError:
                        break
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, frame, send = heapq.heappop(waiting)
                send(frame)
        """#
}
