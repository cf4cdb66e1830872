"""How podglass's cost grows: each part at a tenth of its size and in full, in a network namespace and pods of its own, with the
factor between. What is shown is compared with what the load counted: sums over all rows, `~other` among them, are exact or it is
said. CPU, memory and keys are those of the console on a terminal of 200x60; rows, losses and sums those of `podglass snapshot`.

    bench-scale.py PODGLASS LOAD [--scale FACTOR] [--markdown FILE] [part ...]"""

import argparse, resource, signal, sys, time

# The scripts' directory stays as it is in the repository.
sys.dont_write_bytecode = True
from bench_scale import *
from bench_tools import *

SIZES = [0.1, 1]
# A load that cannot keep its rate ends after so many seconds.
LONGEST = 80


class Part:
    """One kind of load. `held`: it is there before the console starts and stays; else it goes on while the console looks."""

    def __init__(self, title, mode, screen, size, numbers, held=False, pods=1):
        self.title, self.mode, self.screen, self.size = title, mode, screen, size
        self.numbers, self.held, self.pods = numbers, held, pods


# `n` is what grows: a tenth, then all of it.
PARTS = {
    "connections": Part(
        "connections held, a hundredth of them with an exchange every second", "hold", "flows", 100_000,
        lambda n: {"connections": n}, held=True),
    "flows": Part(
        "flows held, each to an address of its own", "hold", "flows", 100_000, lambda n: {"connections": n, "peers": n}, held=True),
    "rows": Part(
        "rows of requests: peers with ten statuses each", "requests", "requests", 5_000,
        lambda n: {"count": n * 50, "rate": n * 2, "peers": max(1, n // 10), "statuses": 10}),
    "pods": Part(
        "pods, each with a connection of its own and a request a second", "pods", "pods", 1_000, lambda n: {}, held=True, pods=None),
    "churn": Part(
        "short connections a second", "churn", "flows", 10_000, lambda n: {"count": n * 25, "rate": n, "peers": 250}),
    "requests": Part(
        "requests a second", "requests", "requests", 40_000, lambda n: {"count": n * 25, "rate": n, "connections": 64}),
    "paths": Part(
        "distinct paths", "requests", "requests", 1_000_000, lambda n: {"count": n, "rate": max(1, n // 40), "paths": n}),
    "peers": Part(
        "pairs of distinct peers (datagrams)", "datagrams", "flows", 1_000_000,
        lambda n: {"count": n, "rate": max(1, n // 40), "peers": n}),
    "names": Part(
        "distinct DNS names", "questions", "requests", 1_000_000, lambda n: {"count": n, "rate": max(1, n // 40), "paths": n}),
}


class Measured:
    """One part at one size: figures by name, losses by cause, sums."""

    def __init__(self, part, size):
        self.figures, self.losses, self.verdicts = {}, {}, []
        names = ["load"] if part.pods else [f"pod-{number}" for number in range(size)]
        began = time.monotonic()
        with Node(names) as node, Namespace() as space:
            watcher = Watcher(node)
            try:
                load = Load(space, node, part.mode, **part.numbers(size))
                if part.held:
                    self.hold(part, node, load, watcher)
                else:
                    self.run(part, node, load, watcher)
                load.end()
            finally:
                watcher.close()
        self.figures["time of the measurement (s)"] = time.monotonic() - began

    def hold(self, part, node, load, watcher):
        began = time.monotonic()
        load.tell("go")
        load.expect("done")
        self.figures["time to make them (s)"] = time.monotonic() - began
        time.sleep(5)
        # The load rests while the sums are taken: nothing is under way then.
        load.tell("rest")
        time.sleep(1.5)
        truth = load.report()
        self.compare(truth, watcher)
        load.tell("go")
        console = Console(200, 60, *node.option)
        try:
            self.figures["start to a frame with its rows (s)"] = console.read(30, names_of(part)) or 30
            console.read(4)
            self.look(console, part, 2 * truth["opened"])
        finally:
            console.close()

    def run(self, part, node, load, watcher):
        console = Console(200, 60, *node.option)
        try:
            console.read(1)
            settle(console.pid)
            console.read(0.1)
            began = time.monotonic()
            load.tell("go")
            console.read(3)
            self.look(console, part, 0)
            while not load.is_done():
                console.read(0.2)
                # A machine that is busy otherwise: what was done until then counts.
                if time.monotonic() - began > LONGEST:
                    load.tell("stop")
            lasted = time.monotonic() - began
            load.expect("done")
            truth = load.report()
            # The newest rows are there.
            console.read(2)
            self.figures.update(Cost(console.pid).memory(2 * (truth["opened"] - truth["closed"])))
            self.figures["time of the load (s)"] = lasted
            for what, count in [("requests", "requests"), ("connections", "opened"), ("datagrams", "datagrams")]:
                if truth[count] > 1000:
                    self.figures[f"{what} reached (/s)"] = truth[count] / lasted
            self.compare(truth, watcher)
        finally:
            console.close()

    def look(self, console, part, sockets):
        cost = Cost(console.pid)
        self.figures.update(cost.during(lambda: console.read(8)))
        keys = Keys(console, part.screen)
        keys.go(10)
        self.figures.update(keys.figures())
        self.figures.update(cost.memory(sockets))

    def compare(self, truth, watcher):
        # An interval that began after the last of it.
        time.sleep(3)
        document = watcher.document()
        self.verdicts = verdicts(document, truth)
        self.losses = losses(document["status"])
        self.figures["rows: flows"] = len(document["flows"])
        self.figures["rows: requests"] = len(document["requests"])
        self.figures["rows: workloads"] = len(document["pods"])


def names_of(part):
    return b"load" if part.pods else b"pod-1"


# The table.


def number(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def growth(small, large):
    return "" if not small or large is None else f"{large / small:.3g}x"


def verdict(measured):
    """Every sum that is not exact, or that all are."""
    wrong = [f"{what}: {shown:,} shown, {true:,} true" for what, shown, true in measured.verdicts if shown != true]
    return "; ".join(wrong) or f"all {len(measured.verdicts)} sums are exact"


class Table:
    """The figures of a part beside each other, as text and as Markdown."""

    def __init__(self, part, sizes, measured):
        self.title = f"{sizes[-1]:,} {part.title}"
        self.heads = ["figure", *(f"{size:,}" for size in sizes), "growth"]
        self.rows, self.sums = [], []
        for kind in ["figures", "losses"]:
            for name in dict.fromkeys(name for one in measured for name in getattr(one, kind)):
                values = [getattr(one, kind).get(name) for one in measured]
                self.rows.append([name, *map(number, values), growth(values[0], values[-1])])
        for size, one in zip(sizes, measured):
            self.sums.append((size, not any(shown != true for _, shown, true in one.verdicts), verdict(one)))

    def text(self):
        lines = [f"\n{self.title}", f"{self.heads[0]:<66}" + "".join(f"{head:>15}" for head in self.heads[1:])]
        lines += [f"{row[0]:<66}" + "".join(f"{cell:>15}" for cell in row[1:]) for row in self.rows]
        lines += [f"sum exact at {size:,}: {'yes' if is_exact else 'NO'} ({said})" for size, is_exact, said in self.sums]
        return "\n".join(lines)

    def markdown(self):
        lines = [f"\n## {self.title[0].upper()}{self.title[1:]}"]
        for row in [self.heads, ["---", *["---:"] * len(self.sums), "---:"], *self.rows]:
            lines.append("| " + " | ".join(row) + " |")
        lines.append("")
        lines += [f"- Sums at {size:,}: {'' if is_exact else '**not exact**: '}{said}." for size, is_exact, said in self.sums]
        return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("podglass")
    parser.add_argument("load")
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--markdown")
    parser.add_argument("parts", nargs="*", metavar="part")
    options = parser.parse_intermixed_args()
    # Whoever ends it: what it made goes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for name in options.parts:
        if name not in PARTS:
            raise SystemExit(f"bench-scale: there is no part {name}; the parts are {', '.join(PARTS)}")
    wanted = options.parts or list(PARTS)
    machine, began, tables = machine_name(), time.monotonic(), []
    print(machine, flush=True)
    for name in wanted:
        part = PARTS[name]
        sizes = [max(10, int(part.size * options.scale * share)) for share in SIZES]
        tables.append(Table(part, sizes, [Measured(part, size) for size in sizes]))
        print(tables[-1].text(), flush=True)
    inexact = [f"{table.title} at {size:,}" for table in tables for size, is_exact, _ in table.sums if not is_exact]
    ending = f"{time.monotonic() - began:.0f} s; "
    ending += f"not exact: {'; '.join(inexact)}" if inexact else "all sums exact"
    print(f"\n{ending}")
    if options.markdown:
        command = "make bench-scale"
        if options.parts:
            command += f" PARTS='{' '.join(options.parts)}'"
        if options.scale != 1:
            command += f" SCALE={options.scale:g}"
        with open(options.markdown, "w") as file:
            file.write(f"{INTRODUCTION}\n`{command}` on {machine}, {time.strftime('%Y-%m-%d', time.gmtime())}; {ending}.\n")
            file.writelines(table.markdown() + "\n" for table in tables)


INTRODUCTION = """# Scale

How podglass's cost grows with what it looks at. Each part is measured at a tenth of its size and in full. CPU, memory and keys are
those of the console on a terminal of 200x60; a key's time runs from its write to the last byte of the picture that answers it. Rows,
losses and sums are those of `podglass snapshot`, which watched the same. The load (scripts/scale-load.c) counts what it does, and every
sum over all rows, `~other` among them, is compared with it. Load and podglass share the processors.
"""

main()
