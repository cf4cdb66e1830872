"""Measures podglass on this node, from outside: its CPU, its memory, its first frame, and what it costs those it looks at.
Figures are the kernel's (/proc/PID/stat, schedstat, fdinfo, run counts of programs), medians of repetitions, and stand beside
the bar of the product. The sockets live in a network namespace of their own, spread over processes, because a process may
hold 20,000 descriptors. Everything it starts ends with it.

    bench-node.py PODGLASS BENCH [part ...]      parts: engine names keys sweep idle cost packets requests; all by default"""

import json, os, re, resource, signal, statistics, subprocess, sys, tempfile, time

# The scripts' directory stays as it is in the repository.
sys.dont_write_bytecode = True
from bench_requests import requests
from bench_tools import *

WANTED = sys.argv[3:] or ["engine", "names", "keys", "sweep", "idle", "cost", "packets", "requests"]
PER_PROCESS = 9_000


class Crowd(Namespace):
    """`connections` established connections over loopback: twice as many sockets, both ends on this node. `flows`: each
    to an address of its own, so that each is a flow of its own; else a few flows hold them all."""

    SERVER = (
        "import socket,sys\ns=socket.create_server(('',9000+int(sys.argv[1])),backlog=4096)\nprint('ready',flush=True)\n"
        "kept=[s.accept()[0] for _ in range(int(sys.argv[2]))]\nprint('full',flush=True)\nsys.stdin.read()\n")
    CLIENT = (
        "import socket,sys\nn,size,spread=map(int,sys.argv[1:])\n"
        "def to(i): return f'127.{n}.{1+i//250}.{1+i%250}' if spread else f'127.0.{n}.1'\n"
        "kept=[socket.create_connection((to(i),9000+n)) for i in range(size)]\n"
        "print('full',flush=True)\nsys.stdin.read()\n")

    def __init__(self, connections, flows=False):
        super().__init__()
        try:
            for number, start in enumerate(range(0, connections, PER_PROCESS), 1):
                size = str(min(PER_PROCESS, connections - start))
                server = self.start(["python3", "-c", Crowd.SERVER, str(number), size])
                if server.stdout.readline() != "ready\n":
                    raise SystemExit("bench: a server of the crowd did not start")
                self.start(["python3", "-c", Crowd.CLIENT, str(number), size, str(int(flows))])
            for child in self.children:
                if child.stdout.readline() != "full\n":
                    raise SystemExit("bench: the crowd did not come together")
        except BaseException:
            self.__exit__()
            raise


# One pass over the sockets.


def sweep():
    heading("One pass over all sockets (CPU of the pass alone, then of the rest of the interval)")
    first = None
    for sockets in [10_000, 30_000, 100_000]:
        with Crowd(sockets // 2) as crowd:
            found = {name: value for name, value, *_ in parts("sweep", inside=crowd)}
        each = found["sweep"] * 1000 / found["sockets"]
        first = first or each
        what = f"{found['sockets']:,.0f} sockets"
        figure(f"{what}: the pass", found["sweep"], "ms", 100 if sockets == 100_000 else None)
        figure(f"{what}: a socket", each, "us")
        figure(f"{what}: a socket, beside 10,000 sockets (linear is 1)", each / first, "x", 1.5 if sockets > 10_000 else None)
        figure(f"{what}, {found['flows']:,.0f} flows: user space's part", found["user"], "ms")
    with Crowd(10_000, flows=True) as crowd:
        found = {name: value for name, value, *_ in parts("sweep", inside=crowd)}
    what = f"{found['sockets']:,.0f} sockets, {found['flows']:,.0f} flows"
    figure(f"{what}: the pass", found["sweep"], "ms")
    figure(f"{what}: user space's part", found["user"], "ms")
    figure(f"{what}: user space's part, a flow", found["user"] * 1000 / max(1, found["flows"]), "us")


# The whole program.


def busiest_workload():
    """The name that a first frame with rows must show."""
    lines = subprocess.run(
        [PROGRAM, "top", "pods", "-o", "json", "--count", "1", "--sort", "conns", "--limit", "1"], stdout=subprocess.PIPE, text=True)
    return json.loads(lines.stdout.splitlines()[0])["workload"]


def idle():
    connections, seconds = 1_000, 20
    heading(f"Idle with {connections:,} connections, both ends here ({2 * connections:,} sockets)")
    with Crowd(connections):
        name = busiest_workload()[:12].encode()
        starts, bytes_at = [], []
        for _ in range(5):
            console = Console()
            starts.append(console.read(10, name) or 10)
            bytes_at.append(console.first_bytes or 10)
            console.close()
        figure("start to the first bytes on the terminal", statistics.median(bytes_at) * 1000, "ms", 1000)
        figure("start to a frame with rows (probes loaded, old sockets found)", statistics.median(starts) * 1000, "ms", 1000)
        stream = Stream("flows")
        stream.drain(3)
        occupied("top flows -o json", stream.pid, seconds, stream.drain)
        memory("top flows -o json", stream.pid, connections)
        stream.close()
        for width, height in [(80, 24), (200, 60)]:
            console = Console(width, height)
            console.read(4)
            occupied(f"console {width}x{height}", console.pid, seconds, console.read)
            memory(f"console {width}x{height}", console.pid, connections)
            console.close()


def occupied(what, pid, seconds, wait):
    """CPU of the process, and of its programs: these run at everybody's events, and the crowd makes none, so the quietest
    second is what an idle node costs, and the rest other work of this machine."""
    shares, busiest = [], 0
    before, since = precise_cpu_seconds(pid), time.monotonic()
    with Programs(pid) as programs:
        for _ in range(seconds):
            account, began = programs.account(), time.monotonic()
            wait(1)
            made, lasted = programs.since(account), time.monotonic() - began
            shares.append(total(made, SECONDS) / lasted)
            busiest = max(busiest, total(made, RUNS) / lasted)
    used = (precise_cpu_seconds(pid) - before) / (time.monotonic() - since)
    figure(f"{what}: CPU of one core, process", used * 100, "%")
    figure(f"{what}: its programs, in the quietest second", min(shares) * 100, "%")
    figure(f"{what}: its programs, mean with others' work (up to {busiest:,.0f} events/s)", statistics.mean(shares) * 100, "%")
    figure(f"{what}: process and programs, idle", (used + min(shares)) * 100, "%", 1)


def memory(what, pid, connections):
    resident, maps = resident_bytes(pid) / 1e6, map_bytes(pid, 2 * connections) / 1e6
    figure(f"{what}: resident", resident, "MB")
    figure(f"{what}: kernel maps and meters", maps, "MB")
    figure(f"{what}: memory together", resident + maps, "MB", 40)


# What it costs those it looks at.


def cost():
    heading("Cost to a workload: nginx and ab, a connection a request, alternating, median of the pairs' ratios")
    requests, pairs = 10_000, 7
    with Namespace() as space, tempfile.TemporaryDirectory() as directory:
        with open(f"{directory}/nginx.conf", "w") as file:
            file.write(
                f"daemon off; master_process off; pid {directory}/pid; error_log /dev/null; events {{ worker_connections 4096; }}\n"
                "http { access_log off; server { listen 127.0.0.1:18080 backlog=4096; return 200 ok; } }\n")
        server = space.start(["nginx", "-p", directory, "-c", f"{directory}/nginx.conf"], stderr=subprocess.DEVNULL)
        time.sleep(1)

        def load():
            before = precise_cpu_seconds(server.pid)
            spent = resource.getrusage(resource.RUSAGE_CHILDREN)
            output = subprocess.run(
                space.enter + ["ab", "-q", "-n", str(requests), "-c", "20", "http://127.0.0.1:18080/"], stdout=subprocess.PIPE, text=True,
                stderr=subprocess.DEVNULL).stdout
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            client = after.ru_utime + after.ru_stime - spent.ru_utime - spent.ru_stime
            rate = float(re.search(r"Requests per second:\s+([\d.]+)", output).group(1))
            return rate, (precise_cpu_seconds(server.pid) - before + client) / requests * 1e6

        load()
        without, with_it = [], []
        for pair in range(pairs):
            for watched in [False, True] if pair % 2 == 0 else [True, False]:
                stream = None
                if watched:
                    stream = subprocess.Popen([PROGRAM, "top", "pods", "-o", "json"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
                    time.sleep(1.5)
                (with_it if watched else without).append(load())
                if stream:
                    stream.send_signal(signal.SIGINT)
                    stream.wait()
        stream = Stream("pods")
        stream.drain(2)
        with Programs(stream.pid) as programs:
            account = programs.account()
            load()
            made = programs.since(account)
        stream.close()
        figure("requests a second without podglass", statistics.median(rate for rate, _ in without), "/s")
        figure("requests a second with podglass", statistics.median(rate for rate, _ in with_it), "/s")
        figure("ratio of requests a second", statistics.median(a[0] / b[0] for a, b in zip(with_it, without)), "x")
        figure("CPU a connection without podglass, both ends", statistics.median(used for _, used in without), "us")
        figure("CPU a connection with podglass, both ends", statistics.median(used for _, used in with_it), "us")
        figure("ratio of CPU a connection", statistics.median(a[1] / b[1] for a, b in zip(with_it, without)), "x")
        figure("programs by the kernel's account: CPU a connection, both ends", total(made, SECONDS) / requests * 1e6, "us")
        figure("programs by the kernel's account: runs a connection, both ends", total(made, RUNS) / requests)


def packets():
    heading("Without requests nothing runs per delivered packet: programs run while one old connection moves 1 GiB")
    source = (
        "import socket,sys,threading\ns=socket.create_server(('127.0.0.1',9000))\nc=socket.create_connection(('127.0.0.1',9000))\n"
        "p=s.accept()[0]\nprint('ready',flush=True)\nsys.stdin.readline()\nn=1<<30\nblock=bytes(1<<16)\n"
        "t=threading.Thread(target=lambda:[c.sendall(block) for _ in range(n>>16)])\nt.start()\n"
        "while n: n-=len(p.recv(1<<20))\nt.join()\nprint('done',flush=True)\nsys.stdin.read()\n")

    def segments():
        with open(f"/proc/{mover.pid}/net/snmp") as file:
            lines = [line.split() for line in file if line.startswith("Tcp:")]
        return int(dict(zip(*lines))["InSegs"])

    with Namespace() as space:
        mover = space.start(["python3", "-c", source])
        mover.stdout.readline()
        stream = Stream("flows", "--no-requests")
        stream.drain(2)
        with Programs(stream.pid) as programs:
            account, since = programs.account(), time.monotonic()
            time.sleep(3)
            still = total(programs.since(account), RUNS) / (time.monotonic() - since)
            account, delivered, since = programs.account(), segments(), time.monotonic()
            mover.stdin.write("go\n")
            mover.stdin.flush()
            mover.stdout.readline()
            seconds, made, delivered = time.monotonic() - since, programs.since(account), segments() - delivered
        stream.close()
    figure(f"segments delivered, in {seconds:.1f} s", delivered)
    figure("runs of event programs meanwhile, the whole machine's events", total(made, RUNS))
    figure("runs in the same time before, while nothing moved", still * seconds)
    figure("runs a delivered segment (one that ran per packet: 1 or more)", total(made, RUNS) / delivered, "x", 0.1)
    print("  of these: " + ", ".join(f"{name} {entry[RUNS]}" for name, entry in sorted(made.items()) if entry[RUNS]))


def inside(*words):
    def measure():
        heading({"engine": "The engine, in process (CPU)", "names": "Names of a cluster (CPU)", "keys": "Keys (CPU, model and picture)"}[words[0]])
        for what, value, unit, bar in parts(*words):
            figure(what, value, unit, bar)
    return measure


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    machine()
    measures = {
        "engine": inside("engine"), "names": inside("names"), "keys": inside("keys"), "sweep": sweep, "idle": idle, "cost": cost, "packets": packets,
        "requests": requests}
    started = time.monotonic()
    for part in WANTED:
        if part not in measures:
            raise SystemExit(f"bench: there is no part {part}; the parts are {', '.join(measures)}")
        measures[part]()
    print(f"\n{time.monotonic() - started:.0f} s; " + (f"{len(over)} over the bar: " + "; ".join(over) if over else "all within their bars"))


main()
