"""Measures podglass among many sockets, from outside: its own word is compared with nobody's here, so all figures are the
kernel's (/proc/PID/stat, status, fdinfo). The sockets live in a network namespace of their own, spread over processes,
because a process may hold 20,000 descriptors."""

import fcntl, json, os, pty, resource, select, signal, struct, subprocess, sys, termios, time

PROGRAM = sys.argv[1]
SIZES = [int(size) for size in sys.argv[2].split(",")] if len(sys.argv) > 2 else [10_000, 100_000]
PER_PROCESS = 9_000
TICKS = os.sysconf("SC_CLK_TCK")


class Crowd:
    """`connections` established connections over loopback: twice as many sockets, both ends on this node."""

    def __init__(self, connections):
        self.name = f"pgbench-{os.getpid()}"
        self.children = []
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        try:
            self.fill(connections)
        except BaseException:
            self.close()
            raise

    def fill(self, connections):
        subprocess.run(["ip", "-n", self.name, "link", "set", "lo", "up"], check=True)
        enter = ["nsenter", f"--net=/run/netns/{self.name}"]
        subprocess.run(enter + ["sh", "-c", "echo 1024 65535 >/proc/sys/net/ipv4/ip_local_port_range"], check=True)
        server = (
            "import socket,sys\ns=socket.create_server((sys.argv[1],9000),backlog=4096)\nprint('ready',flush=True)\n"
            "kept=[s.accept()[0] for _ in range(int(sys.argv[2]))]\nprint('full',flush=True)\nsys.stdin.read()\n")
        client = (
            "import socket,sys\nkept=[socket.create_connection((sys.argv[1],9000)) for _ in range(int(sys.argv[2]))]\n"
            "print('full',flush=True)\nsys.stdin.read()\n")
        groups = [min(PER_PROCESS, connections - start) for start in range(0, connections, PER_PROCESS)]
        for number, size in enumerate(groups, 1):
            for source in (server, client):
                child = subprocess.Popen(
                    enter + ["python3", "-c", source, f"127.0.1.{number}", str(size)],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                self.children.append(child)
                if source is server and child.stdout.readline() != "ready\n":
                    raise SystemExit("bench: a server of the crowd did not start")
        for child in self.children:
            if child.stdout.readline() != "full\n":
                raise SystemExit("bench: the crowd did not come together")

    def close(self):
        for child in self.children:
            child.kill()
            child.wait()
        subprocess.run(["ip", "netns", "del", self.name], check=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_bytes(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS:"))


def map_bytes(pid):
    """Kernel memory of the maps it holds, each once."""
    maps = {}
    for name in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{name}") as file:
                facts = dict(line.split(":", 1) for line in file if ":" in line)
        except FileNotFoundError:
            continue
        if "map_id" in facts:
            maps[int(facts["map_id"])] = int(facts["memlock"])
    return sum(maps.values())


def figure(what, value, limit=""):
    print(f"{what:<58} {value:>14}  {limit}", flush=True)


def sweep(sockets):
    """CPU of one pass over all sockets: the iterator runs inside the reader's system call, so it is podglass's own time."""
    passes = 10
    process = subprocess.Popen(
        [PROGRAM, "top", "pods", "-o", "json", "--interval", "1s"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        statuses = (line for line in process.stdout if json.loads(line).get("type") == "status")
        # Finding the old sockets is the first pass's work, not every pass's.
        for _ in range(3):
            next(statuses)
        before = cpu_seconds(process.pid)
        for _ in range(passes):
            next(statuses)
        used = (cpu_seconds(process.pid) - before) / passes
        resident, maps = resident_bytes(process.pid), map_bytes(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
    limit = "under 100 ms" if sockets >= 100_000 else ""
    figure(f"CPU of a pass over {sockets:,} sockets, all included", f"{used * 1000:.1f} ms", limit)
    figure(f"memory at {sockets:,} sockets: resident + kernel maps", f"{resident / 1e6:.1f} + {maps / 1e6:.1f} MB")


class Console:
    """The console on a terminal of 80×24 that reads everything."""

    def __init__(self):
        self.started = time.monotonic()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.execv(PROGRAM, [PROGRAM])

    def read(self, seconds, until=None):
        """Reads for some time, or until a text came; then the seconds since the start."""
        seen = b""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if select.select([self.terminal], [], [], 0.05)[0]:
                seen += os.read(self.terminal, 65536)
                if until and until in seen:
                    return time.monotonic() - self.started
        return None

    def close(self):
        os.write(self.terminal, b"q")
        self.read(0.5)
        try:
            os.kill(self.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)


def idle():
    seconds = 20
    console = Console()
    first = console.read(10, b"podglass")
    figure("first frame after the start", f"{first * 1000:.0f} ms" if first else "never", "under 1,000 ms")
    console.read(3)
    before = cpu_seconds(console.pid)
    console.read(seconds)
    used = (cpu_seconds(console.pid) - before) / seconds
    figure("console idle at 1,000 connections: CPU of one core", f"{used * 100:.2f} %", "under 1 % with the programs")
    resident, maps = resident_bytes(console.pid), map_bytes(console.pid)
    figure("console idle at 1,000 connections: resident + maps", f"{resident / 1e6:.1f} + {maps / 1e6:.1f} MB", "under 40 MB")
    console.close()


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with Crowd(1_000):
        idle()
    for sockets in SIZES:
        with Crowd(sockets // 2):
            sweep(sockets)


main()
