"""What `make bench-scale` is made of: pods of this node with names, the load in one of them, a console whose keys are timed, and a
snapshot whose sums are compared with what the load says that it did."""

import json, os, select, signal, statistics, subprocess, tempfile, time

from bench_requests import Pod
from bench_tools import *

# What the load does, and what found no place.
NAMESPACE, OTHER = f"scale-{os.getpid()}", "~other"


class Node:
    """Pods in the cgroup2 tree, and the directories of logs that name them: what podglass is given as --host-root."""

    def __init__(self, names):
        self.root = tempfile.TemporaryDirectory()
        self.pods = []
        for number, name in enumerate(names):
            pod = Pod(number)
            self.pods.append(pod)
            uid = pod.directories[-2].rsplit("-pod", 1)[1].removesuffix(".slice").replace("_", "-")
            container = pod.directories[-1].rsplit("containerd-", 1)[1].removesuffix(".scope")
            os.makedirs(f"{self.root.name}/var/log/pods/{NAMESPACE}_{name}_{uid}/main")
            os.makedirs(f"{self.root.name}/var/log/containers", exist_ok=True)
            open(f"{self.root.name}/var/log/containers/{name}_{NAMESPACE}_main-{container}.log", "w").close()

    @property
    def option(self):
        return ["--host-root", self.root.name]

    def cgroups(self):
        """A file that lists where the pods' processes go."""
        path = f"{self.root.name}/cgroups"
        with open(path, "w") as file:
            file.writelines(pod.directories[-1] + "\n" for pod in self.pods)
        return path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # What was killed leaves its cgroup once its sockets are closed; who made a directory above removes it last.
        deadline = time.monotonic() + 30
        for pod in reversed(self.pods):
            while time.monotonic() < deadline and is_populated(pod):
                time.sleep(0.1)
            pod.close()
        self.root.cleanup()


def is_populated(pod):
    with open(f"{pod.directories[-1]}/cgroup.events") as file:
        return "populated 1" in file.read()


class Load:
    """scale-load in a network namespace, and in the first pod unless it joins all of them by itself."""

    def __init__(self, space, node, mode, **numbers):
        words = [f"{name}={value}" for name, value in numbers.items()]
        join = None
        if mode == "pods":
            words += [f"processes={len(node.pods)}", f"cgroups={node.cgroups()}"]
        else:
            join = node.pods[0].join
        self.process = space.start([PARTS_PROGRAM, mode, *words], preexec_fn=join)
        self.expect("ready")

    def expect(self, word):
        line = self.process.stdout.readline()
        if line != word + "\n":
            raise SystemExit(f"bench: the load said {line!r} instead of {word}")

    def tell(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def report(self):
        self.tell("report")
        while True:
            line = self.process.stdout.readline()
            if line.startswith("{"):
                return json.loads(line)
            if not line:
                raise SystemExit("bench: the load ended early")

    def is_done(self):
        return select.select([self.process.stdout], [], [], 0)[0] != []

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Watcher:
    """`podglass snapshot`, whose document is asked for when everything is done: all rows, without one left out."""

    def __init__(self, node):
        self.file = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [PROGRAM, "snapshot", "--duration", "1h", *node.option], stdin=subprocess.DEVNULL, stdout=self.file)
        settle(self.process.pid)

    def document(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.file.seek(0)
        return json.load(self.file)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.file.close()


def settle(pid):
    """Until all programs are loaded and attached, and an interval more."""
    held_before, deadline = -1, time.monotonic() + 20
    while time.monotonic() < deadline:
        now_held = len(held(pid, "prog_id"))
        if now_held == held_before and now_held > 10:
            break
        held_before = now_held
        time.sleep(0.4)
    time.sleep(1.5)


def thread_seconds(pid):
    """CPU of the thread that draws, the first one."""
    with open(f"/proc/{pid}/task/{pid}/schedstat") as file:
        return int(file.read().split()[0]) / 1e9


# Keys.


class Keys:
    """Times from the write of a key to the last byte of the picture that answers it: silence for a while ends a picture. The
    picture of an interval that falls between is part of the time, as it is for whoever looks. The CPU of the thread that draws says
    the same whoever else keeps the processors busy."""

    SILENCE, PATIENCE = 0.012, 3
    # From the first row; each changes the picture of a table of two rows and more.
    ROUND = [
        ("end", b"G"), ("home", b"g"), ("down", b"\x1bOB"), ("up", b"\x1bOA"), ("down", b"\x1bOB"), ("sort", b"s"), ("filter", b"/"),
        ("letter", b"c"), ("enter", b"\r"), ("tab", b"\t")]

    def __init__(self, console, screen):
        self.console, self.screen, self.times, self.spent = console, screen, {}, {}
        self.show()

    def show(self):
        """Not timed: an escape, which takes the filter away, waits for what may follow it."""
        for keys in [b":" + self.screen.encode() + b"\r", b"\x1b", b"g"]:
            os.write(self.console.terminal, keys)
            self.console.read(0.15)

    def paint(self):
        """The time of the last byte before a silence."""
        last, deadline = None, time.monotonic() + Keys.PATIENCE
        while time.monotonic() < deadline:
            wait = deadline - time.monotonic() if last is None else Keys.SILENCE
            if not select.select([self.console.terminal], [], [], max(0, wait))[0]:
                break
            os.read(self.console.terminal, 65536)
            last = time.monotonic()
        return last

    def press(self, name, key):
        while select.select([self.console.terminal], [], [], Keys.SILENCE)[0]:
            os.read(self.console.terminal, 65536)
        before, began = thread_seconds(self.console.pid), time.monotonic()
        os.write(self.console.terminal, key)
        painted = self.paint()
        if painted:
            self.times.setdefault(name, []).append((painted - began) * 1000)
            self.spent.setdefault(name, []).append((thread_seconds(self.console.pid) - before) * 1000)
        # Not in step with the intervals.
        self.console.read(0.037)

    def go(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for name, key in Keys.ROUND:
                if time.monotonic() < deadline:
                    self.press(name, key)
            self.show()

    def figures(self):
        found = {}
        for what, values in [("key to paint", self.times), ("CPU of a key", self.spent)]:
            together = sorted(value for each in values.values() for value in each)
            if together:
                found[f"{what}, median (ms)"] = statistics.median(together)
                found[f"{what}, p99 (ms)"] = together[len(together) * 99 // 100]
        for name, spent in self.spent.items():
            found[f"CPU of a key: {name}, median (ms)"] = statistics.median(spent)
        return found


# What the console costs.


class Cost:
    """CPU of a process and of its programs, while it is open."""

    def __init__(self, pid):
        self.pid = pid

    def during(self, wait):
        with Programs(self.pid) as programs:
            account, before, began = programs.account(), precise_cpu_seconds(self.pid), time.monotonic()
            drawn = thread_seconds(self.pid)
            wait()
            drawn = thread_seconds(self.pid) - drawn
            spent, lasted = precise_cpu_seconds(self.pid) - before, time.monotonic() - began
            made = programs.since(account)
        return {
            "CPU of the process (% of a core)": spent / lasted * 100,
            "of these the thread that draws (% of a core)": drawn / lasted * 100,
            "CPU of the programs (% of a core)": total(made, SECONDS) / lasted * 100,
            "runs of the programs (/s)": total(made, RUNS) / lasted}

    def memory(self, sockets):
        with open(f"/proc/{self.pid}/status") as file:
            status = dict(line.split(":", 1) for line in file)
        return {
            "resident (MB)": resident_bytes(self.pid) / 1e6,
            "resident at most, maps that it maps included (MB)": int(status["VmHWM"].split()[0]) / 1e3,
            "kernel maps and meters (MB)": map_bytes(self.pid, sockets) / 1e6}


# Sums.


def sum_of(rows, key, true, direction=None):
    """Of the load's rows; with what found no place, unless they hold everything by themselves: `~other` has others', too."""
    wanted = [row for row in rows if direction is None or row["direction"] == direction]
    named = sum(row[key] or 0 for row in wanted if row["namespace"] == NAMESPACE)
    return named if named == true else named + sum(row[key] or 0 for row in wanted if row["workload"] == OTHER)


def verdicts(document, truth):
    """What is shown beside what is true: every figure of both directions, over all rows with `~other`."""
    found = []

    def compare(what, table, key, true, direction=None):
        shown = sum_of(document[table], key, true, direction)
        if true or shown:
            found.append((what, shown, true))

    for direction, sent, received in [("outbound", "asked", "answered"), ("inbound", "answered", "asked")]:
        compare(f"flows, {direction}: opened", "flows", "connections_opened_total", truth["opened"], direction)
        compare(f"flows, {direction}: closed", "flows", "connections_closed_total", truth["closed"], direction)
        compare(f"flows, {direction}: open", "flows", "connections", truth["opened"] - truth["closed"], direction)
        compare(f"flows, {direction}: bytes sent", "flows", "sent_bytes_total", truth[sent], direction)
        compare(f"flows, {direction}: bytes received", "flows", "received_bytes_total", truth[received], direction)
        compare(f"requests, {direction}", "requests", "requests_total", truth["requests"], direction)
    compare("workloads: opened", "pods", "connections_opened_total", 2 * truth["opened"])
    compare("workloads: bytes sent", "pods", "sent_bytes_total", truth["asked"] + truth["answered"])
    compare("workloads: requests received", "pods", "requests_total", truth["requests"])
    compare("workloads: requests made", "pods", "calls_total", truth["requests"])
    return found


def losses(status):
    found = {}
    for name in ["lost", "rows_refused", "sampled_out", "not_understood"]:
        for cause, count in (status.get(name) or {}).items():
            if count:
                found[f"{name}.{cause}"] = count
    return found
