"""Keeps podglass under churn, loads and faults, and compares it with the truth; then tries what is worse.

    soak.py PODGLASS [--minutes N] [--cases NAME …] [--markdown FILE]

Its figures are the kernel's; the exit status is 1 where something grew, was lost without being counted, or differs."""

import argparse, json, os, select, signal, subprocess, sys, time

# The scripts' directory stays as it is in the repository.
sys.dont_write_bytecode = True
from bench_tools import PROGRAM
from soak_cases import CASES, run_cases
from soak_truth import QUANTITIES, REQUESTS, Book, Comparison, Site, base, counted_losses, seen, truth, unseen
from soak_watch import Console, Watcher, sample, slope

LOG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".build", "soak")
# Rows of flows stay so long after their last change, so what the tables keep goes on growing until then; seconds.
FILLED = 960
# What a connection that was counted as unseen may have carried: no program saw it, so nobody knows.
BYTES, UNSEEN_BYTES = {"bytes sent", "bytes received"}, 1 << 20
# What it may have sent again: as often as the kernel tries (net.ipv4.tcp_retries2).
UNSEEN_SEGMENTS = 15
# What a row may hold: two histograms, a trend, its slowest requests.
ROW_BYTES = 24_000


class Phase:
    """What the fixed client does besides the standing loads, and what is broken meanwhile."""

    def __init__(self, name, begin=lambda soak: None, end=lambda soak: None):
        self.name, self.begin, self.end = name, begin, end


def lose(soak):
    for pod in [soak.web, soak.client, soak.peer]:
        pod.firewall("meta l4proto tcp numgen random mod 100 < 5 counter drop")


def lose_handshakes(soak):
    for pod in [soak.web, soak.peer]:
        pod.firewall("tcp flags & (syn | ack) == syn numgen random mod 100 < 30 counter drop")


def mend(soak):
    for pod in [soak.web, soak.client, soak.peer]:
        pod.firewall()


def cut(soak):
    soak.asking.work("cut", "cut", to=soak.peer.address, rate=40)
    soak.asking.work("refused", "refused", to=soak.peer.address, rate=20)


def fill(soak):
    soak.serving("read", "no")
    for number in range(4):
        soak.asking.work(f"fill{number}", "fill", to=soak.peer.address)


PHASES = [
    Phase("calm"),
    Phase("loss of 5 %", lose, mend),
    Phase("resets, closed ports", cut),
    Phase("storm of connections", lambda soak: soak.site.load_storm()),
    Phase("lost handshakes", lose_handshakes, mend),
    Phase("a server that does not read", fill, lambda soak: soak.serving("read", "yes")),
]


class Brief:
    """A pod of the churn. A gentle one ends its work and is compared; a brutal one is gone in the midst of it."""

    def __init__(self, soak, number):
        self.number, self.born = number, time.monotonic()
        self.is_brutal = number % 3 == 2
        self.pod = soak.lab.pod(f"churn{number}", reuses=self.is_brutal)
        self.before = base(self.pod)
        self.actor = self.pod.actor("serve")
        self.target = soak.target if self.is_brutal else soak.web
        port = 8080 if self.is_brutal else 80
        self.actor.work("web", "once", to=self.target.address, port=port, paths=["/small", "/item", f"/routes/{number}"], rate=25)
        self.state, self.early, self.since, self.asked_by = "living", None, 0, None

    def own(self, counts):
        return {
            "bytes sent": counts.get("sent", 0), "bytes received": counts.get("received", 0),
            "requests made": counts.get("asked", 0), "requests served": counts.get("served", 0)}


class Soak:
    def __init__(self, seconds, out):
        self.seconds, self.out = seconds, out
        self.site = Site()
        self.lab, self.web, self.client, self.peer = self.site.lab, self.site.web, self.site.client, self.site.peer
        self.asking, self.serving = self.site.asking, self.site.serving
        self.book, self.briefs, self.made, self.brutal = Book(), [], 0, 0
        self.samples = {"JSON": [], "console": []}
        self.log = None

    # The laboratory.

    def build(self):
        self.target = self.lab.pod("target")
        self.target.actor("serve")

    def start(self):
        options = ["--host-root", self.lab.host_root, "--no-runtime"]
        self.watcher = Watcher("console", *options)
        self.console = Console(*options)
        self.watched = {"JSON": self.watcher.pid, "console": self.console.pid}
        self.began = time.monotonic()
        self.sample()

    # The churn.

    def churn(self, now, may_make=True):
        if may_make and (not self.briefs or now - self.briefs[-1].born > 4):
            brief = Brief(self, self.made)
            self.made += 1
            if self.briefs and self.briefs[-1].state == "living" and not self.briefs[-1].is_brutal:
                self.briefs[-1].asked_by = brief
                brief.actor.work("neighbour", "once", to=self.briefs[-1].pod.address, port=8080, paths=["/neighbour"], rate=10)
            self.briefs.append(brief)
        for brief in list(self.briefs):
            self.age(brief, now, retire=not may_make)

    def age(self, brief, now, retire):
        if brief.state == "living" and (retire or now - brief.born > 14):
            if brief.is_brutal:
                brief.pod.remove()
                self.brutal += 1
                self.briefs.remove(brief)
                return
            # Who asks it stops before it ends.
            if brief.asked_by and brief.asked_by in self.briefs and brief.asked_by.state == "living":
                brief.asked_by.actor("stop", "neighbour")
            brief.actor.tell("stop")
            brief.state = "stopping"
        elif brief.state == "stopping" and select.select([brief.actor.process.stdout], [], [], 0)[0]:
            brief.actor.answer()
            brief.state = "settling"
        elif brief.state == "settling" and not brief.pod.sockets():
            brief.early = truth(brief.pod, brief.before, brief.own(brief.actor("report")))
            brief.since, brief.state = self.watcher.count, "compared"
            brief.tries = 0
        elif brief.state == "compared" and self.watcher.count >= brief.since + 2:
            late = truth(brief.pod, brief.before, brief.own(brief.actor("report")))
            comparison = Comparison(brief.pod, brief.early, seen(brief.pod, self.watcher), late)
            brief.tries += 1
            brief.early = late
            if comparison.is_equal or brief.tries > 8:
                self.book.finish(comparison)
                brief.pod.remove()
                self.briefs.remove(brief)

    # Between phases.

    def quiesce(self):
        def meanwhile():
            self.churn(time.monotonic(), may_make=False)
            self.sample_when_due()

        if not self.site.quiesce(meanwhile):
            self.say("the client's work did not stop within a minute")
        deadline = time.monotonic() + 60
        while self.briefs and time.monotonic() < deadline:
            meanwhile()
            time.sleep(0.2)

    # Over time.

    def sample(self):
        at = time.monotonic() - self.began
        for name, pid in self.watched.items():
            taken = {"at": at, **sample(pid)}
            if name == "JSON":
                kinds = self.watcher.kinds()
                taken |= {"lost": self.watcher.status["lost_total"], "rows": sum(kinds.values()), "kinds": kinds,
                    "own_resident": self.watcher.status["self"]["rss_bytes"], "pods": len(self.lab.pods)}
            self.samples[name].append(taken)
            self.log.write(json.dumps({"who": name, **taken}) + "\n")
        self.log.flush()
        self.sampled = time.monotonic()

    def sample_when_due(self):
        if time.monotonic() - self.sampled >= min(10, self.seconds / 30):
            self.sample()
            self.console.press_next()
            if time.monotonic() - self.told >= 30:
                self.tell()

    def tell(self):
        self.told = time.monotonic()
        last, console = self.samples["JSON"][-1], self.samples["console"][-1]
        first = self.samples["JSON"][0]
        share = (last["cpu"] - first["cpu"]) / max(1e-9, last["at"] - first["at"])
        self.say(
            f"{last['at']:5.0f} s  {self.phase:<28} pods {last['pods']:>3} of {self.lab.made:<5} rows {last['rows']:<6}"
            f" resident {last['resident'] / 1e6:5.1f} / {console['resident'] / 1e6:5.1f} MB  maps {last['maps'] / 1e6:5.1f} MB"
            f"  descriptors {last['descriptors']}  threads {last['threads']}  CPU {share * 100:.1f} %  lost {last['lost']}")

    def say(self, text):
        print(text, flush=True)

    # All of it.

    def run(self):
        os.makedirs(LOG, exist_ok=True)
        with self.site, open(f"{LOG}/samples.jsonl", "w") as self.log:
            self.build()
            self.start()
            self.told = time.monotonic()
            try:
                self.rotate()
                return self.finish()
            finally:
                self.watcher.close()
                if self.console.ended is None:
                    self.console.close()

    def rotate(self):
        length = max(12, min(60, self.seconds / len(PHASES)))
        number = 0
        while time.monotonic() - self.began < self.seconds:
            phase = PHASES[number % len(PHASES)]
            self.phase = phase.name
            number += 1
            self.site.load()
            phase.begin(self)
            until = min(time.monotonic() + length, self.began + self.seconds)
            while time.monotonic() < until:
                self.churn(time.monotonic())
                self.sample_when_due()
                time.sleep(0.3)
            phase.end(self)
            self.quiesce()
            self.living = self.site.compare(self.watcher)
            for comparison in self.living:
                if not comparison.is_equal:
                    self.say(f"{time.monotonic() - self.began:5.0f} s  after {phase.name}: {comparison.pod.name} {comparison.drift}")
        self.phases = number

    def finish(self):
        self.asking("close")
        time.sleep(0.5)
        self.living = self.site.compare(self.watcher)
        self.sample()
        status = self.watcher.status
        table = self.book.totals(self.living)
        lost = status["lost_total"]
        unread = sum(sum(causes.values()) if isinstance(causes, dict) else causes for causes in status["not_understood"].values())
        problems = []
        for quantity, (value, said, drift) in table.items():
            allowed = counted_losses(self.watcher) + unseen(self.watcher, quantity) + (unread if quantity in REQUESTS else 0)
            if quantity in BYTES:
                allowed = UNSEEN_BYTES * sum(self.watcher.lost.get(key, 0) for key in ("connections_unseen", "closings_unseen"))
            if quantity == "segments sent again":
                allowed += UNSEEN_SEGMENTS * self.watcher.lost.get("connections_unseen", 0)
            if drift:
                explained = -allowed <= drift < 0
                problems += [] if explained else [f"{quantity}: {value:,}, podglass says {said:,}"]
        self.report(status, table, lost, unread, problems)
        problems += self.book.notes[:10] if problems else []
        endings = {"JSON": self.watcher.close(), "console": self.console.close()}
        problems += [f"{name} ended with {code}" for name, code in endings.items() if code]
        return problems

    def report(self, status, table, lost, unread, problems):
        self.say("")
        rows = [(quantity, f"{value:,}", f"{said:,}", f"{drift:+,}" if drift else "0", QUANTITIES[quantity])
            for quantity, (value, said, drift) in table.items()]
        self.out.table(
            f"Truth, at the end ({self.phases} phases, {self.lab.made} pods of which {self.book.compared} compared as they ended "
            f"and {self.brutal} killed at work)", ["quantity", "truth", "podglass", "drift", "truth is"], rows)
        left_out = {key: count for key, count in status["sampled_out"].items() if count}
        refused = {key: count for key, count in status["rows_refused"].items() if count}
        self.say(f"lost {self.watcher.lost or 0}, not understood {status['not_understood'] or 0}, sampled out {left_out or 0}, "
            f"rows refused {refused or 0}, lines dropped {status['lines_dropped']}")
        self.out.note(f"Lost: {lost}. Not understood: {unread}. Sampled out: {left_out or 0}. Rows refused: {refused or 0}. "
            f"Lines dropped: {status['lines_dropped']}.")
        rows = []
        for name, samples in self.samples.items():
            for key, unit, scale in [("resident", "MB", 1e6), ("maps", "MB", 1e6), ("descriptors", "", 1), ("threads", "", 1)]:
                rows.append(self.trend(f"{name}: {key}", samples, key, unit, scale, problems))
            share = (samples[-1]["cpu"] - samples[0]["cpu"]) / (samples[-1]["at"] - samples[0]["at"])
            rows.append((f"{name}: CPU of one core", "", f"{share * 100:.1f} %", "", ""))
        self.out.table("Over time (slopes by least squares, after a third of the time, or after 16 minutes, when what ended a while ago leaves the tables)", ["figure", "then", "at the end", "an hour", "verdict"], rows)

    def trend(self, what, samples, key, unit, scale, problems):
        """Flat: what the slope makes of the time after the warm-up is under a twentieth, and under 1 MB; of things that are counted under 3.
        In a run too short for the warm-up, memory that grows by the rows of pods that were new fills, by so much a row."""
        end = samples[-1]["at"]
        start = max(end / 3, min(FILLED, end * 2 / 3))
        later = [entry for entry in samples if entry["at"] >= start]
        steep = slope([(entry["at"], entry[key]) for entry in later])
        grown = steep * (later[-1]["at"] - later[0]["at"])
        limit = min(1e6, 0.05 * later[0][key]) if scale > 1 else max(3, 0.05 * later[0][key])
        rows = slope([(entry["at"], self.kept(entry)) for entry in self.samples["JSON"] if entry["at"] >= start])
        if len(later) < 5:
            verdict = "too short to say"
        elif grown < limit:
            verdict = "flat"
        elif end * 2 / 3 < FILLED and key == "resident" and rows > 0 and steep / rows < ROW_BYTES:
            verdict = f"fills: {rows * 3600:+,.0f} rows an hour, {steep / rows / 1000:.1f} kB each"
        else:
            verdict = "GROWS"
            problems.append(f"{what} grows: {steep * 3600 / scale:+,.2f} {unit} an hour")
        form = (lambda value: f"{value / scale:.2f} {unit}") if scale > 1 else (lambda value: f"{value:.0f}")
        return what, form(later[0][key]), form(later[-1][key]), f"{steep * 3600 / scale:+,.2f} {unit}".strip(), verdict

    @staticmethod
    def kept(entry):
        """Rows that stay when what they tell of is over; closed connections have a limit that is reached at once."""
        return sum(count for kind, count in entry["kinds"].items() if kind not in ("connection", "probe", "source", "listener"))


class Output:
    """Tables on the terminal, and in Markdown where it is asked for."""

    def __init__(self, path):
        self.path, self.parts = path, []

    def table(self, title, heads, rows):
        widths = [max(len(str(row[index])) for row in [heads, *rows]) for index in range(len(heads))]
        print(title)
        for row in [heads, *rows]:
            print("  " + "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip())
        print("", flush=True)
        self.silent_table(title, heads, rows)

    def silent_table(self, title, heads, rows):
        lines = ["| " + " | ".join(map(str, row)) + " |" for row in [heads, ["---"] * len(heads), *rows]]
        self.parts.append(f"{title}:\n\n" + "\n".join(lines))

    def note(self, text):
        self.parts.append(text)

    def write(self):
        if self.path:
            with open(self.path, "w") as file:
                file.write("\n\n".join(self.parts) + "\n")


def machine(out):
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown")
    version = subprocess.run([PROGRAM, "--version"], stdout=subprocess.PIPE, text=True).stdout.strip()
    text = f"{model}, {os.cpu_count()} cores, Linux {os.uname().release}, load {os.getloadavg()[0]:.1f} before; podglass {version}"
    print(text + "\n", flush=True)
    out.note(text + ".")


def main():
    parser = argparse.ArgumentParser(prog="soak")
    parser.add_argument("program")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--cases", nargs="*", help=f"which stress cases; all by default, `none` for none: {', '.join(CASES)}")
    parser.add_argument("--markdown")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    out = Output(options.markdown)
    machine(out)
    problems = []
    wanted = [] if options.cases is None else options.cases
    unknown = [name for name in wanted if name not in CASES and name != "none"]
    if unknown:
        raise SystemExit(f"soak: there is no case {unknown[0]}; the cases are {', '.join(CASES)}")
    if wanted != ["none"]:
        problems += run_cases(wanted, out)
        print(flush=True)
    if options.minutes:
        problems += Soak(options.minutes * 60, out).run()
    out.write()
    for problem in problems:
        print("FAILED: " + problem)
    print("nothing grew, nothing was lost without being counted, all figures are the kernel's" if not problems else f"{len(problems)} problems")
    sys.exit(1 if problems else 0)


main()
