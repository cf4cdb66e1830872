"""What the parts of the bench share: the table of figures, namespaces with processes in them, and what the kernel says of a
process and of its programs. Figures are the kernel's own (/proc/PID/stat, schedstat, fdinfo, run counts of programs)."""

import fcntl, json, os, pty, select, signal, struct, subprocess, sys, termios, time

PROGRAM, PARTS_PROGRAM = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
TICKS = os.sysconf("SC_CLK_TCK")
# A meter with its list heads, in a slab: what the kernel's own figure of the map leaves out.
METER_BYTES = 256
RUNS, SECONDS = 0, 1
over = []


def machine_name():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown")
    load = os.getloadavg()[0]
    return f"{model}, {os.cpu_count()} cores, Linux {os.uname().release}, load {load:.1f} before"


def machine():
    print(f"{machine_name()}\n")
    print(f"{'figure':<84} {'value':>12}  {'bar':>12}")


def figure(what, value, unit="", bar=None):
    """One line of the table; a bar is what the value must stay under."""
    number = f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"
    verdict = "" if bar is None else "ok" if value <= bar else "OVER"
    if verdict == "OVER":
        over.append(what)
    limit = "" if bar is None else f"{bar:g} {unit}"
    print(f"{what:<84} {number + ' ' + unit:>12}  {limit:>12}  {verdict}", flush=True)


def heading(text):
    print(f"\n{text}", flush=True)


def parts(*words, inside=None):
    """Runs the figures of the parts; yields name, value, unit, bar."""
    command = (inside.enter if inside else []) + [PARTS_PROGRAM, *words]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if output.returncode != 0:
        raise SystemExit(f"bench: {' '.join(words)} failed: {output.stdout}")
    for line in output.stdout.splitlines():
        name, value, unit, bar = line.split("\t")
        yield name, float(value), unit, float(bar) if bar else None


class Namespace:
    """A network namespace with a loopback of its own, and the processes in it."""

    def __init__(self):
        self.name = f"pgbench-{os.getpid()}"
        self.enter = ["nsenter", f"--net=/run/netns/{self.name}"]
        self.children = []
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        subprocess.run(["ip", "-n", self.name, "link", "set", "lo", "up"], check=True)
        # Many clients' ports, but none that a server of the crowd will ask for.
        ports = "echo 1024 65535 >ip_local_port_range; echo 9000-9099,18080 >ip_local_reserved_ports"
        subprocess.run(self.enter + ["sh", "-c", "cd /proc/sys/net/ipv4; " + ports], check=True)

    def start(self, command, **options):
        child = subprocess.Popen(self.enter + command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)
        self.children.append(child)
        return child

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for child in self.children:
            child.terminate()
        for child in self.children:
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        subprocess.run(["ip", "netns", "del", self.name], check=False)


# What the kernel says of a process.


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def precise_cpu_seconds(pid):
    """Of all its threads, to the nanosecond."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def resident_bytes(pid):
    """Without the kernel's maps that are mapped into the process: they are counted as maps."""
    with open(f"/proc/{pid}/status") as file:
        resident = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS:"))
    mapped, is_map = 0, False
    with open(f"/proc/{pid}/smaps") as file:
        for line in file:
            words = line.split()
            if "-" in words[0] and not words[0].endswith(":"):
                is_map = line.rstrip().endswith("bpf-map")
            elif is_map and words[0] == "Rss:":
                mapped += int(words[1]) * 1024
    return resident - mapped


def held(pid, key):
    """The facts of each BPF object that a process holds, once each: `key` is map_id or prog_id."""
    objects = {}
    for name in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{name}") as file:
                facts = dict(line.split(":", 1) for line in file if ":" in line)
        except FileNotFoundError:
            continue
        if key in facts and "memlock" in facts:
            objects[int(facts[key])] = facts
    return objects


class Programs:
    """The programs that a process holds, with the kernel's own account of their runs, which is kept while this is open."""

    SWITCH = "/proc/sys/kernel/bpf_stats_enabled"
    # These run inside podglass's own reads, so their time is its own.
    ITERATORS = {"sweep", "list", "old_listeners", "old_sockets", "owners"}

    def __init__(self, pid):
        self.pid = pid
        with open(Programs.SWITCH) as file:
            self.before = file.read()
        Programs.switch("1")

    @staticmethod
    def switch(text):
        with open(Programs.SWITCH, "w") as file:
            file.write(text)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        Programs.switch(self.before)

    def account(self):
        """Runs and seconds of each program that runs at events."""
        shown = json.loads(subprocess.run(["bpftool", "-j", "prog", "show"], stdout=subprocess.PIPE, text=True).stdout)
        ids = held(self.pid, "prog_id")
        return {
            program["name"]: (program.get("run_cnt", 0), program.get("run_time_ns", 0) / 1e9)
            for program in shown if program["id"] in ids and program["name"] not in Programs.ITERATORS}

    def since(self, before):
        return {name: (runs - before[name][0], seconds - before[name][1]) for name, (runs, seconds) in self.account().items()}


def total(account, what):
    return sum(entry[what] for entry in account.values())


def map_bytes(pid, sockets):
    return sum(int(facts["memlock"]) for facts in held(pid, "map_id").values()) + sockets * METER_BYTES


class Stream:
    """`podglass top TABLE -o json`, whose status lines are read."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [PROGRAM, "top", *arguments, "-o", "json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid

    def status(self):
        for line in self.process.stdout:
            if '"type":"status"' in line:
                return json.loads(line)
        raise SystemExit("bench: podglass ended early")

    def rows(self):
        """How many lines stand before the next status line."""
        for count, line in enumerate(self.process.stdout):
            if '"type":"status"' in line:
                return count
        raise SystemExit("bench: podglass ended early")

    def drain(self, seconds):
        last = None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            last = self.status()
        return last

    def close(self):
        self.process.send_signal(signal.SIGINT)
        self.process.stdout.close()
        self.process.wait()


class Console:
    """The console on a terminal that reads everything."""

    def __init__(self, width=80, height=24, *arguments):
        self.started = time.monotonic()
        self.first_bytes = None
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
            os.execv(PROGRAM, [PROGRAM, *arguments])

    def read(self, seconds, until=None):
        """Reads for some time, or until a text came; then the seconds since the start."""
        seen = b""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if select.select([self.terminal], [], [], max(0, min(0.05, deadline - time.monotonic())))[0]:
                seen += os.read(self.terminal, 65536)
                self.first_bytes = self.first_bytes or time.monotonic() - self.started
                if until and until in seen:
                    return time.monotonic() - self.started
        return None

    def close(self):
        os.write(self.terminal, b"q")
        try:
            self.read(1)
            os.kill(self.pid, signal.SIGTERM)
        except (OSError, ProcessLookupError):
            pass
        os.waitpid(self.pid, 0)
        os.close(self.terminal)
