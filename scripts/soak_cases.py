"""The stress cases: each a short scene in the laboratory that ends with one sentence of what happened, and whether it should have."""

import ctypes, json, os, re, signal, subprocess, time

from bench_requests import EmptyPrograms, cgroup_root
from bench_tools import PROGRAM, held, precise_cpu_seconds, resident_bytes
from soak_lab import cgroup_mount, remove_directory, run
from soak_truth import Site, describe, unexplained
from soak_watch import Console, Watcher


class Case:
    """What is checked, and what is said. `site`: the laboratory that all cases share; it is quiet before and after."""

    def __init__(self, site):
        self.site, self.faults = site, []
        self.options = ["--host-root", site.lab.host_root, "--no-runtime"]

    def watch(self, *arguments, **options):
        return Watcher("console", *self.options, *arguments, **options)

    def check(self, is_so, otherwise):
        if not is_so:
            self.faults.append(otherwise)
        return is_so

    def compare(self, watcher, limit=30):
        """Says how it ended: equal, or what was counted as lost instead."""
        comparisons = self.site.compare(watcher, limit)
        self.faults += unexplained(comparisons, watcher)
        if all(comparison.is_equal for comparison in comparisons):
            return "all totals are the truth's"
        return "counted as lost: " + "; ".join(describe(comparison) for comparison in comparisons if not comparison.is_equal)


def losses(watcher):
    left_out = {key: count for key, count in watcher.status["sampled_out"].items() if count}
    return ", ".join(f"{key} {count:,}" for key, count in {**watcher.lost, **left_out}.items()) or "nothing"


def objects(pid):
    """The ids of what it holds in the kernel."""
    return {"prog": set(held(pid, "prog_id")), "map": set(held(pid, "map_id")), "link": links_of(pid)}


def links_of(pid):
    found = set()
    for name in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{name}") as file:
                found |= {int(line.split(":")[1]) for line in file if line.startswith("link_id:")}
        except FileNotFoundError:
            continue
    return found


def ids_of(*what):
    """Of what bpftool shows; where there is nothing it says an empty line."""
    return {entry["id"] for entry in json.loads(run("bpftool", "-j", *what).strip() or "[]")}


def left(before, patience=5):
    """Of these ids, those that the machine still has: programs go a grace period after their holder."""
    deadline = time.monotonic() + patience
    while True:
        still = {}
        for kind, ids in before.items():
            shown = ids_of(kind, "show")
            if ids & shown:
                still[kind] = sorted(ids & shown)
        if not still or time.monotonic() > deadline:
            return still
        time.sleep(0.2)


# What the console's help begins with.
HELP = b": keys"


# The cases.


def second(case):
    """a second podglass beside the first"""
    with case.watch() as first, case.watch() as other:
        case.site.mark()
        used = [precise_cpu_seconds(watcher.pid) for watcher in [first, other]]
        began = time.monotonic()
        case.site.load()
        time.sleep(15)
        lasted = time.monotonic() - began
        shares = [(precise_cpu_seconds(watcher.pid) - before) / lasted for watcher, before in zip([first, other], used)]
        case.site.quiesce()
        said = [case.compare(watcher) for watcher in [first, other]]
    return f"of both {said[0] if said[0] == said[1] else said}; {shares[0] * 100:.1f} % and {shares[1] * 100:.1f} % of a core"


def others(case):
    """others' programs at the same hooks: bpftrace, and a foreign cgroup_skb at the root"""
    root = cgroup_root()
    foreign = EmptyPrograms.__new__(EmptyPrograms)
    foreign.system = ctypes.CDLL(None, use_errno=True)
    programs = {way: foreign.program(number) for number, way in enumerate(["ingress", "egress"])}
    ids = {}
    for way, descriptor in programs.items():
        with open(f"/proc/self/fdinfo/{descriptor}") as file:
            ids[way] = next(int(line.split()[1]) for line in file if line.startswith("prog_id"))
    script = (
        "tracepoint:sock:inet_sock_set_state { @states = count(); } tracepoint:skb:kfree_skb { @drops = count(); } "
        'tracepoint:tcp:tcp_retransmit_skb { @again = count(); } BEGIN { printf("ready\\n"); }')
    mount = "[ -e /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing; ulimit -l unlimited; exec bpftrace -e \"$0\""
    tracer = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", mount, script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for way, number in ids.items():
            run("bpftool", "cgroup", "attach", root, way, "id", str(number), "multi")
        ready = next((line for line in tracer.stdout if line.startswith("ready")), None)
        case.check(ready, "bpftrace did not start: " + (tracer.stderr.read() if not ready else ""))
        with case.watch() as watcher:
            ours = objects(watcher.pid)
            case.site.mark()
            lose = "meta l4proto tcp numgen random mod 100 < 3 counter drop"
            case.site.client.firewall(lose)
            case.site.load()
            time.sleep(12)
            case.site.client.firewall()
            case.site.quiesce()
            said = case.compare(watcher)
            case.check(watcher.close() == 0, "podglass did not end well")
        attached = ids_of("cgroup", "show", root)
        case.check(set(ids.values()) <= attached, "the foreign programs are not attached any more")
        case.check(tracer.poll() is None, "bpftrace ended")
        case.check(not left(ours), f"left in the kernel: {left(ours)}")
        tracer.send_signal(signal.SIGINT)
        counted = dict(re.findall(r"@(\w+): (\d+)", tracer.communicate(timeout=20)[0]))
        case.check(int(counted.get("states", 0)) > 0, "bpftrace counted nothing")
    finally:
        if tracer.poll() is None:
            tracer.kill()
        tracer.wait()
        for way, number in ids.items():
            run("bpftool", "cgroup", "detach", root, way, "id", str(number), check=False)
        for descriptor in programs.values():
            os.close(descriptor)
    return f"{said}; bpftrace beside it counted {int(counted.get('states', 0)):,} states, {int(counted.get('drops', 0)):,} drops; both stay attached when podglass ends"


def pause(case, seconds=20):
    """stopped for 20 s in the midst of traffic (SIGSTOP, SIGCONT)"""
    with case.watch() as watcher:
        case.site.mark()
        case.site.load()
        watcher.wait(4)
        usual = watcher.pods()[case.site.client.name]["bytes_per_second"]
        before = len(watcher.intervals)
        os.kill(watcher.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(watcher.pid, signal.SIGCONT)
        rates = []
        for _ in range(4):
            watcher.wait(1)
            rates.append(watcher.pods()[case.site.client.name]["bytes_per_second"])
        case.site.quiesce()
        said = case.compare(watcher)
        after = watcher.intervals[before - 1:]
        longest = max(interval for _, _, interval in after)
        case.check(longest > (seconds - 1) * 1e9, f"no interval was as long as the pause: {longest / 1e9:.1f} s")
        for (_, earlier, _), (_, later, interval) in zip(after, after[1:]):
            case.check(abs(later - earlier - interval) < 5e6, f"an interval of {interval / 1e9:.3f} s lasted {(later - earlier) / 1e9:.3f} s")
        case.check(max(rates) < 3 * max(usual, 1), f"a spike: {max(rates) / 1e6:.1f} MB/s after {usual / 1e6:.1f} MB/s")
        return (
            f"{said}; the interval is told as {longest / 1e9:.1f} s, rates before {usual / 1e6:.1f}, after "
            f"{', '.join(f'{rate / 1e6:.1f}' for rate in rates)} MB/s; left out: {losses(watcher)}")


def ring(case):
    """a full ring: stopped during 12 s of connections that open and close"""
    with case.watch() as watcher:
        case.site.mark()
        os.kill(watcher.pid, signal.SIGSTOP)
        case.site.load_storm(rate=500, workers=4)
        time.sleep(12)
        case.site.quiesce()
        os.kill(watcher.pid, signal.SIGCONT)
        said = case.compare(watcher)
        opened = watcher.pods()[case.site.client.name]["connections_opened_total"]
        case.check(watcher.status["lost"].get("ring_full") or any(watcher.status["sampled_out"].values()), "nothing is told of what the ring had no room for")
        return f"{opened:,} connections, {said}; told: {losses(watcher)}"


def many_rows(site):
    """Flows to many ports, so that there is much to write."""
    for number in range(3):
        site.asking.work(f"ports{number}", "ports", to=site.peer.address, first=20000 + 200 * number, count=200, rate=200)


def terminal(case):
    """a slow terminal (1 KiB/s), a stopped one, and a pipe whose reader stops for 40 s"""
    said = []
    case.site.load("alive", "once", "dns")
    console = Console(*case.options, pace=1024)
    try:
        time.sleep(6)
        first = resident_bytes(console.pid)
        time.sleep(20)
        slow = resident_bytes(console.pid)
        console.pace = 0
        time.sleep(15)
        stopped, used = resident_bytes(console.pid), precise_cpu_seconds(console.pid)
        time.sleep(3)
        case.check(precise_cpu_seconds(console.pid) > used, "the collector stands still while the terminal does")
        case.check(max(slow, stopped) < first + 4e6, f"memory grows: {first / 1e6:.1f}, {slow / 1e6:.1f}, {stopped / 1e6:.1f} MB")
        console.pace, console.tail = None, b""
        console.press(b"?")
        took = console.sees(HELP, 10)
        case.check(took is not None, "no help after the terminal read again")
        said.append(f"console {first / 1e6:.1f}, {slow / 1e6:.1f}, {stopped / 1e6:.1f} MB, a key answered {(took or 0) * 1000:.0f} ms after the terminal read again")
    finally:
        code = console.close()
        case.check(code == 0, f"the console ended with {code}")
        case.site.quiesce()
    with case.watch("--interval", "200ms") as watcher:
        case.site.mark()
        many_rows(case.site)
        case.site.load("once")
        watcher.wait(5)
        first, most = resident_bytes(watcher.pid), 0
        watcher.paused = True
        for _ in range(40):
            time.sleep(1)
            most = max(most, resident_bytes(watcher.pid))
        watcher.paused = False
        case.site.quiesce()
        watcher.wait(40)
        compared = case.compare(watcher)
        dropped = watcher.status["lines_dropped"]
        case.check(dropped > 0, "no line was dropped")
        case.check(most < first + 40e6, f"memory grows to {most / 1e6:.1f} MB")
        case.check(not watcher.damaged, f"{watcher.damaged} lines are no JSON")
        said.append(f"pipe {first / 1e6:.1f} MB, at most {most / 1e6:.1f} MB, {dropped:,} lines dropped and said, then {compared}")
    return "; ".join(said)


def memory(case):
    """little memory: limits of a memory cgroup, then a hog beside it"""
    mount = cgroup_mount("memory")
    if not mount:
        return None
    group = f"{mount}/pgsoak-{os.getpid()}"
    os.mkdir(group)
    join = ["sh", "-c", 'echo $$ >"$0/cgroup.procs"; exec "$@"', group]
    said, works_from = [], None
    try:
        for limit in [4, 8, 12, 16, 20, 24, 32, 48]:
            with open(group + "/memory.limit_in_bytes", "w") as file:
                file.write(f"{limit << 20}")
            process = subprocess.Popen(
                [*join, PROGRAM, "top", "flows", *case.options, "--count", "5"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True)
            try:
                output, errors = process.communicate(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                case.faults.append(f"with {limit} MiB it neither works nor ends within 40 s")
                said.append(f"{limit} MiB: hangs")
                continue
            code, errors = process.returncode, errors.strip()
            works = code == 0 and output.count('"type":"status"') >= 5
            case.check(works or errors and errors.count("\n") == 0 or code == -9, f"with {limit} MiB it ends with {code} and says: {errors!r}")
            outcome = "works" if works else "killed by the kernel" if code == -9 else f"“{errors}” ({code})"
            said.append(f"{limit} MiB: {outcome}")
            if works:
                works_from = limit
                break
        case.check(works_from, "it does not work with 48 MiB")
        said.append(hog(case, group, join))
    finally:
        deadline = time.monotonic() + 5
        while open(group + "/cgroup.procs").read().strip() and time.monotonic() < deadline:
            time.sleep(0.05)
        remove_directory(group)
    return "; ".join(said)


EATER = "a = []\nwhile True: a.append(b'x' * (1 << 20))"


def hog(case, group, join):
    """Something in the same cgroup takes all there is, again and again."""
    with open(group + "/memory.limit_in_bytes", "w") as file:
        file.write(f"{96 << 20}")
    with case.watch(command=join) as watcher:
        case.site.mark()
        case.site.load("once", "long", "dns")
        killed = 0
        for _ in range(4):
            eater = subprocess.run([*join, "sh", "-c", "echo 1000 >/proc/self/oom_score_adj; exec python3 -c \"$0\"", EATER], stderr=subprocess.DEVNULL)
            killed += eater.returncode == -signal.SIGKILL
            time.sleep(1)
        case.site.quiesce()
        case.check(watcher.process.poll() is None, "podglass ended")
        compared = case.compare(watcher)
        case.check(killed == 4, f"the hog was killed {killed} times of 4")
        return f"beside a hog killed {killed} times in 96 MiB: {compared}, lost {losses(watcher)}"


def descriptors(case):
    """few descriptors (RLIMIT_NOFILE)"""
    said, last = [], None
    for limit in [8, 16, 32, 48, 64, 96, 128, 192, 256]:
        finished = subprocess.run(
            ["prlimit", f"--nofile={limit}:{limit}", PROGRAM, "top", "flows", *case.options, "--count", "3"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        errors = finished.stderr.strip()
        if finished.returncode == 0:
            statuses = [json.loads(line) for line in finished.stdout.splitlines() if '"type":"status"' in line]
            off = [f"{probe['name']}: {probe['reason']}" for probe in statuses[-1]["probes"] if probe["state"] == "off"]
            outcome = "works" if not off else f"works without {len(off)} ({off[0]})"
        else:
            outcome = f"“{errors}” ({finished.returncode})"
            case.check(errors and errors.count("\n") == 0 and finished.returncode == 1, f"with {limit} descriptors: {finished.returncode}, {errors!r}")
        if outcome != last:
            said.append(f"{limit}: {outcome}")
        last = outcome
        if outcome == "works":
            break
    case.check(last == "works", "it does not work with 256 descriptors")
    return "; ".join(said)


def kill(case):
    """kill -9"""
    watcher, console = case.watch(), Console(*case.options)
    case.site.load("once")
    watcher.wait(2)
    had = [objects(watcher.pid), objects(console.pid)]
    os.kill(watcher.pid, signal.SIGKILL)
    os.kill(console.pid, signal.SIGKILL)
    os.waitpid(console.pid, 0)
    console.ended = -9
    os.close(console.terminal)
    watcher.close()
    case.site.quiesce()
    for one in had:
        still = left(one)
        case.check(not still, f"left in the kernel: {still}")
    ours = {number for one in had for number in one["prog"]}
    shown = ids_of("cgroup", "show", cgroup_root())
    case.check(not ours & shown, "its programs are still at the root of the cgroup tree")
    return f"of {sum(len(ids) for one in had for ids in one.values())} programs, maps and links nothing is left"


def clock(case):
    """the wall clock set back an hour, and forward again"""
    with case.watch() as watcher:
        console = Console(*case.options)
        try:
            case.site.mark()
            case.site.load()
            watcher.wait(4)
            before = len(watcher.intervals)
            offset = time.clock_gettime(time.CLOCK_REALTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
            try:
                time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_REALTIME) - 3600)
                time.sleep(5)
                back = watcher.status["time"]
            finally:
                time.clock_settime(time.CLOCK_REALTIME, offset + time.clock_gettime(time.CLOCK_MONOTONIC))
            watcher.wait(3)
            forth = watcher.status["time"]
            case.site.quiesce()
            said = case.compare(watcher)
            for _, _, interval in watcher.intervals[before:]:
                case.check(0.1e9 < interval < 5e9, f"an interval of {interval / 1e9:.1f} s")
            case.check(back < forth and forth[:13] != back[:13], f"the times do not follow the clock: {back}, {forth}")
            rates = [row["bytes_per_second"] for row in watcher.rows("pod")]
            case.check(all(rate >= 0 for rate in rates), "a negative rate")
            console.tail = b""
            console.press(b"?")
            case.check(console.sees(HELP, 5) is not None, "the console does not answer")
        finally:
            case.check(console.close() == 0, "the console did not end well")
        return f"{said}; intervals keep their length, the lines' times follow the clock ({back[11:19]} while it was back)"


CASES = {case.__name__: case for case in [second, others, pause, ring, terminal, memory, descriptors, kill, clock]}
# It would disturb whoever else uses this machine.
ONLY_WHEN_ASKED = {"clock": "it sets the clock of the whole machine back for five seconds; CASES=clock runs it"}


def run_cases(names, out):
    """All of them in one laboratory; yields what failed."""
    rows, problems = [], []
    with Site() as site:
        for name in names or CASES:
            if not names and name in ONLY_WHEN_ASKED:
                rows.append((name, CASES[name].__doc__, "skipped", ONLY_WHEN_ASKED[name]))
                print(f"{name:<12} skipped  {ONLY_WHEN_ASKED[name]}", flush=True)
                continue
            case = Case(site)
            try:
                said = CASES[name](case)
            except (RuntimeError, OSError, subprocess.SubprocessError) as problem:
                case.faults.append(f"{type(problem).__name__}: {problem}")
                said = "broke off"
            site.quiesce()
            verdict = "skipped" if said is None else "FAILED" if case.faults else "ok"
            rows.append((name, CASES[name].__doc__, verdict, said or "this machine has no tree for it"))
            print(f"{name:<12} {verdict:<8} {rows[-1][3]}", flush=True)
            problems += [f"{name}: {fault}" for fault in case.faults]
            for fault in case.faults:
                print(f"{'':<12} !        {fault}", flush=True)
    out.silent_table("Stress cases", ["case", "what", "", "what happened"], rows)
    return problems
