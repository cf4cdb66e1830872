"""What the tap for requests costs (issue 3, "Speed"): an HTTP/1 load with podglass off, on without requests, on, with empty
programs at the same hooks, and with bpftrace counting the server's reads and writes, alternating in one run. Server and
client are on this node, so each request passes the tap four times or more; softirq work is in their own CPU time on kernels
without CONFIG_IRQ_TIME_ACCOUNTING, else it is missing from it, which is said."""

import contextlib, ctypes, gzip, json, os, resource, signal, statistics, struct, subprocess, tempfile, time

from bench_tools import *

PORT = 18080
ROUNDS, REQUESTS, CONNECTIONS = 7, 60_000, 16
BPFTRACE = (
    "tracepoint:syscalls:sys_enter_recvfrom,tracepoint:syscalls:sys_exit_recvfrom,tracepoint:syscalls:sys_enter_read,"
    "tracepoint:syscalls:sys_exit_read,tracepoint:syscalls:sys_enter_readv,tracepoint:syscalls:sys_exit_readv,"
    "tracepoint:syscalls:sys_enter_write,tracepoint:syscalls:sys_exit_write,tracepoint:syscalls:sys_enter_writev,"
    "tracepoint:syscalls:sys_exit_writev,tracepoint:syscalls:sys_enter_sendfile64,tracepoint:syscalls:sys_exit_sendfile64"
    ' /comm == "nginx"/ { @[probe] = count(); } BEGIN { printf("ready\\n"); }')


# Programs that do nothing, at the tap's hooks.


class EmptyPrograms:
    """`return 1` at ingress and egress of the root of the cgroup2 tree, by links that end with this object (bpf(2))."""

    PROG_LOAD, LINK_CREATE, CGROUP_SKB = 5, 28, 8
    # r0 = 1; exit
    CODE = bytes.fromhex("b700000001000000" "9500000000000000")

    def __init__(self):
        self.system = ctypes.CDLL(None, use_errno=True)
        self.descriptors = [os.open(cgroup_root(), os.O_RDONLY)]
        self.programs = []
        for attachment in [0, 1]:
            program = self.program(attachment)
            self.programs.append(program)
            link = self.bpf(EmptyPrograms.LINK_CREATE, struct.pack("IIII", program, self.descriptors[0], attachment, 0).ljust(64, b"\0"))
            self.descriptors += [program, link]

    def program(self, attachment):
        code, license = ctypes.create_string_buffer(EmptyPrograms.CODE), ctypes.create_string_buffer(b"GPL")
        attributes = struct.pack(
            "IIQQIIQII16sII", EmptyPrograms.CGROUP_SKB, 2, ctypes.addressof(code), ctypes.addressof(license), 0, 0, 0, 0, 0,
            b"bench_empty", 0, attachment)
        return self.bpf(EmptyPrograms.PROG_LOAD, attributes.ljust(128, b"\0"))

    def bpf(self, command, attributes):
        descriptor = self.system.syscall(321 if os.uname().machine == "x86_64" else 280, command, attributes, len(attributes))
        if descriptor < 0:
            raise SystemExit(f"bench: bpf({command}): {os.strerror(ctypes.get_errno())}")
        return descriptor

    @property
    def pid(self):
        return os.getpid()

    def close(self):
        for descriptor in reversed(self.descriptors):
            os.close(descriptor)


def cgroup_root():
    with open("/proc/self/mountinfo") as file:
        for line in file:
            fields = line.split()
            if fields[fields.index("-") + 1] == "cgroup2" and fields[3] == "/":
                return fields[4]
    raise SystemExit("bench: no cgroup2 tree is mounted")


class Tracer:
    """bpftrace with a tracefs of its own, when none is mounted."""

    def __init__(self):
        mount = "[ -e /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing; ulimit -l unlimited 2>/dev/null; exec "
        self.process = subprocess.Popen(
            ["unshare", "-m", "sh", "-c", mount + 'bpftrace -e "$0"', BPFTRACE], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if line.startswith("ready"):
                return
        raise SystemExit("bench: bpftrace did not start")

    def close(self):
        self.process.send_signal(signal.SIGINT)
        self.counted = sum(int(line.rsplit(":", 1)[1]) for line in self.process.stdout if line.startswith("@"))
        self.process.wait()


class Watching(Stream):
    """podglass, once it sees everything."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.drain(1.2)


WAYS = {
    "off": None,
    "--no-requests": lambda: Watching("flows", "--no-requests"),
    "empty programs": EmptyPrograms,
    "requests": lambda: Watching("requests"),
    "bpftrace": Tracer,
}


@contextlib.contextmanager
def way(name):
    watcher = WAYS[name]() if WAYS[name] else None
    try:
        yield watcher
    finally:
        if watcher:
            watcher.close()


# The load.


class Site(Namespace):
    """nginx, one worker, on a loopback of its own: /kibibyte, /empty, /bulk, and any path below /routes/."""

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory()
        home = self.directory.name
        os.chmod(home, 0o755)
        with open(f"{home}/kibibyte", "wb") as file:
            file.write(b"k" * 1024)
        with open(f"{home}/bulk", "wb") as file:
            file.truncate(1 << 30)
        with open(f"{home}/nginx.conf", "w") as file:
            file.write(
                f"daemon off; master_process off; pid {home}/pid; error_log /dev/null; events {{ worker_connections 4096; }}\n"
                "http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; server {\n"
                f"listen 127.0.0.1:{PORT} backlog=4096; root {home}; location = /empty {{ return 200 ''; }}\n"
                "location /routes/ { return 200 ok; } } }\n")
        self.server = self.start(["nginx", "-p", home, "-c", f"{home}/nginx.conf"], stderr=subprocess.DEVNULL)
        time.sleep(1)
        return self

    def __exit__(self, *problem):
        super().__exit__(*problem)
        self.directory.cleanup()

    def url(self, path):
        return f"http://127.0.0.1:{PORT}{path}"

    def client(self, *command):
        finished = subprocess.run(self.enter + list(command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if finished.returncode != 0:
            raise SystemExit(f"bench: {' '.join(command)}: {finished.stderr}")
        return finished.stdout

    def load(self, path, requests=REQUESTS):
        """One run: requests a second; CPU of the server and of the client, microseconds a request."""
        server, spent, began = precise_cpu_seconds(self.server.pid), resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        self.client("h2load", "--h1", "-n", str(requests), "-c", str(CONNECTIONS), self.url(path))
        seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        client = after.ru_utime + after.ru_stime - spent.ru_utime - spent.ru_stime
        server = precise_cpu_seconds(self.server.pid) - server
        return requests / seconds, server / requests * 1e6, client / requests * 1e6


def softirq_is_counted():
    try:
        with gzip.open("/proc/config.gz", "rt") as file:
            return "\nCONFIG_IRQ_TIME_ACCOUNTING=y" not in file.read()
    except OSError:
        return None


def load_cost(site, path, what):
    heading(f"{what}, {REQUESTS:,} requests over {CONNECTIONS} connections, {ROUNDS} rounds; medians; ratios of pairs in one round")
    site.load(path)
    runs = {name: [] for name in WAYS}
    for turn in range(ROUNDS):
        names = list(WAYS)
        for name in names[turn % len(names):] + names[:turn % len(names)]:
            with way(name) as watcher:
                runs[name].append(site.load(path))
            if name == "bpftrace" and watcher.counted < REQUESTS:
                raise SystemExit(f"bench: bpftrace counted {watcher.counted} calls only")

    def median(name, index):
        return statistics.median(run[index] for run in runs[name])

    def ratio(name, cost):
        return statistics.median(cost(run) / cost(quiet) for run, quiet in zip(runs[name], runs["off"]))

    costs = {"server": lambda run: run[1], "client": lambda run: run[2], "both ends": lambda run: run[1] + run[2]}
    for name in WAYS:
        figure(f"{what}, {name}: requests a second", median(name, 0), "/s")
        figure(f"{what}, {name}: CPU a request, server", median(name, 1), "us")
        figure(f"{what}, {name}: CPU a request, client", median(name, 2), "us")
    for name in list(WAYS)[1:]:
        for side, cost in costs.items():
            bar = None
            if name == "requests" and path == "/kibibyte" and side != "client":
                bar = max(1.05, 1 + 2 * (ratio("empty programs", cost) - 1))
            figure(f"{what}, {name} to off: CPU a request, {side}", ratio(name, cost), "x", bar)
        figure(f"{what}, {name} to off: requests a second", ratio(name, lambda run: run[0]), "x")


# The programs themselves, by the kernel's account.


def tap_account(pid):
    """Runs and seconds of the cgroup_skb programs that a process holds."""
    shown = json.loads(subprocess.run(["bpftool", "-j", "prog", "show"], stdout=subprocess.PIPE, text=True).stdout)
    ids = held(pid, "prog_id")
    taps = [program for program in shown if program["id"] in ids and program["type"] == "cgroup_skb"]
    if not taps:
        raise SystemExit("bench: no program on the packet path")
    return sum(tap.get("run_cnt", 0) for tap in taps), sum(tap.get("run_time_ns", 0) for tap in taps)


def nanoseconds_a_run(name, load):
    """Of the tap, or of the empty programs, while `load` goes on: nanoseconds, runs."""
    with way(name) as watcher, Programs(watcher.pid):
        runs, spent = tap_account(watcher.pid)
        load()
        after_runs, after_spent = tap_account(watcher.pid)
    return (after_spent - spent) / max(1, after_runs - runs), after_runs - runs


def kernel_cost(what, load, rounds=5, bar=80):
    tap, empty = [], []
    for turn in range(rounds):
        for name in ["empty programs", "requests"] if turn % 2 == 0 else ["requests", "empty programs"]:
            (tap if name == "requests" else empty).append(nanoseconds_a_run(name, load))
    figure(f"{what}: runs of the tap", statistics.median(runs for _, runs in tap))
    figure(f"{what}: an empty program, a run", statistics.median(spent for spent, _ in empty), "ns")
    figure(f"{what}: the tap, a run", statistics.median(spent for spent, _ in tap), "ns")
    figure(f"{what}: the tap beyond an empty program, a run", statistics.median(a[0] - b[0] for a, b in zip(tap, empty)), "ns", bar)


DATAGRAMS, DATAGRAM_BYTES = 300_000, 200
FLOOD = (
    "import socket,sys\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.bind(('127.0.0.1',9001))\n"
    "c=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\nc.connect(('127.0.0.1',9001))\nblock=bytes(%d)\n"
    "for _ in range(%d//100):\n  for _ in range(100): c.send(block)\n  for _ in range(100): s.recv(2000)\n" % (DATAGRAM_BYTES, DATAGRAMS))
BULK = (
    "import socket,threading\ns=socket.create_server(('127.0.0.1',9002))\nc=socket.create_connection(('127.0.0.1',9002))\np=s.accept()[0]\n"
    "n=2<<30\nblock=bytes(1<<16)\nt=threading.Thread(target=lambda:[c.sendall(block) for _ in range(n>>16)])\nt.start()\n"
    "while n: n-=len(p.recv(1<<20))\nt.join()\n")


def kernel_costs(site):
    heading("The tap's programs, by the kernel's account (its own measuring is in both figures), medians of 5 pairs")
    kernel_cost("HTTP/1, 1 KiB", lambda: site.load("/kibibyte"))
    kernel_cost("HTTP/1, empty reply", lambda: site.load("/empty"))
    kernel_cost("bulk of an HTTP/1 answer, 1 GiB by sendfile", lambda: site.client("curl", "-s", "-o", "/dev/null", site.url("/bulk")), 3)
    kernel_cost("bulk of no known protocol, 2 GiB", lambda: site.client("python3", "-c", BULK), 3)
    kernel_cost(f"UDP flood, {DATAGRAMS:,} datagrams", lambda: site.client("python3", "-c", FLOOD), 3)


# What the application waits longer.


def added_latency(site):
    rate, seconds, pairs, clients = 5_000, 5, 7, 10
    heading(f"Added latency: h2load --h1 --rps, {rate:,} requests a second in all over {clients} connections, {pairs} pairs")

    def run():
        log = f"{site.directory.name}/latency"
        site.client(
            "h2load", "--h1", "-n", str(rate * seconds), "-c", str(clients), "--rps", str(rate // clients), "--log-file", log,
            site.url("/kibibyte"))
        with open(log) as file:
            times = sorted(int(line.split("\t")[2]) for line in file)
        os.remove(log)
        return times[len(times) // 2], times[len(times) * 99 // 100]

    run()
    off, on = [], []
    for pair in range(pairs):
        for name in ["off", "requests"] if pair % 2 == 0 else ["requests", "off"]:
            with way(name):
                (on if name == "requests" else off).append(run())
    for index, title in enumerate(["p50", "p99"]):
        figure(f"{title} without podglass, median", statistics.median(run[index] for run in off), "us")
        figure(f"{title} with podglass, median", statistics.median(run[index] for run in on), "us")
    before = statistics.median(run[1] for run in off)
    figure("difference of the median p99", statistics.median(run[1] for run in on) - before, "us", max(20, before * 0.03))
    spread = statistics.quantiles([run[1] for run in off], n=4)
    figure("for comparison: quartiles of p99 without podglass are apart", spread[2] - spread[0], "us")


# User space.


def user_space(site):
    heading("User space: podglass's own CPU (top requests -o json) by request rate, and its memory")

    def share(stream, seconds):
        began, before = time.monotonic(), precise_cpu_seconds(stream.pid)
        stream.drain(seconds)
        return (precise_cpu_seconds(stream.pid) - before) / (time.monotonic() - began) * 100

    def beside(stream, command, seconds=10):
        load = subprocess.Popen(site.enter + command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            stream.drain(2)
            return share(stream, seconds)
        finally:
            load.terminate()
            load.wait()

    def paced(rate):
        return ["h2load", "--h1", "-n", str(rate * 20), "-c", "10", "--rps", str(rate // 10), site.url("/kibibyte")]

    stream = Watching("requests")
    slow, fast = [], []
    for _ in range(3):
        slow.append(beside(stream, paced(1_000)))
        fast.append(beside(stream, paced(10_000)))
    figure("CPU at 1,000 requests a second", statistics.median(slow), "%")
    figure("CPU at 10,000 requests a second", statistics.median(fast), "%")
    figure("ten times the rate, CPU", statistics.median(fast) / max(0.01, statistics.median(slow)), "x", 1.5)
    full = beside(stream, ["wrk", "-t", "1", "-c", "16", "-d", "20s", site.url("/kibibyte")])
    figure("CPU at saturation (wrk), of one core", full, "%", 5)
    stream.close()
    many_routes(site)


class Pod:
    """A directory of the cgroup2 tree as the kubelet makes it, so that its processes are a workload of their own."""

    def __init__(self, number):
        slice_name = f"kubepods-burstable-podbe7c0000_{os.getpid() & 0xffff:04x}_4000_8000_{number:012x}.slice"
        self.directories = [f"{cgroup_root()}/kubepods.slice"]
        self.directories.append(f"{self.directories[-1]}/kubepods-burstable.slice")
        self.directories.append(f"{self.directories[-1]}/{slice_name}")
        self.directories.append(f"{self.directories[-1]}/cri-containerd-{number:064x}.scope")
        self.made = []
        for directory in self.directories:
            if not os.path.isdir(directory):
                os.mkdir(directory)
                self.made.append(directory)

    def join(self):
        with open(f"{self.directories[-1]}/cgroup.procs", "w") as file:
            file.write("0")

    def close(self):
        for directory in reversed(self.made):
            try:
                os.rmdir(directory)
            except OSError:
                pass


def many_routes(site):
    """5,000 routes of 25 workloads: one workload has 200 at most."""
    syllables = ["ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu"]
    pods = [Pod(number) for number in range(25)]
    stream = Watching("requests")
    try:
        for number, pod in enumerate(pods):
            words = (syllables[number // 10] + syllables[number % 10] + "".join(syllables[int(d)] for d in f"{index:03}") for index in range(200))
            path = f"{site.directory.name}/urls"
            with open(path, "w") as file:
                file.writelines(site.url(f"/routes/{word}/shire") + "\n" for word in words)
            command = site.enter + ["h2load", "--h1", "-n", "400", "-c", "1", "-i", path]
            subprocess.run(command, check=True, preexec_fn=pod.join, stdout=subprocess.DEVNULL)
        rows = 0
        for _ in range(3):
            rows = stream.rows()
        figure("rows of requests then told", rows)
        resident, maps = resident_bytes(stream.pid) / 1e6, map_bytes(stream.pid, 100) / 1e6
        figure("5,000 routes: resident", resident, "MB")
        figure("5,000 routes: kernel maps and meters", maps, "MB")
        figure("5,000 routes: memory together", resident + maps, "MB", 64)
    finally:
        stream.close()
        for pod in pods:
            pod.close()


def requests():
    counted = softirq_is_counted()
    if counted is not True:
        heading("note: softirq time " + ("may be" if counted is None else "is") + " missing from CPU times on this kernel")
    with Site() as site:
        kernel_costs(site)
        load_cost(site, "/kibibyte", "1 KiB")
        load_cost(site, "/empty", "empty reply")
        added_latency(site)
        user_space(site)
