"""The table of `make test-kernels`: what each kernel gave, read from the directories that Tests/Kernels/inside filled.

Arguments: the directory of results, then the names of its kernels. Prints the table and what is behind it, writes
docs/kernels-table.md where every kernel was tried, compares the verifier's figures with bpf/complexity.tsv (RECORD=1 writes them),
and ends with 1 where a signal is wrong. With --tests and one kernel's directory: prints the tests of the signals that doctor does not
call off there."""

import json, os, re, sys

RESULTS, KERNELS = sys.argv[1], sys.argv[2:]
SIGNALS, FIGURES, DOCUMENT = "Tests/Kernels/signals.tsv", "bpf/complexity.tsv", "docs/kernels-table.md"
ALL = ["5.10", "6.1", "6.12", "here"]
# A growth of the verifier's work beyond this is said.
GROWTH = 0.1
HEADING = ["kernel", "program", "instructions", "processed", "states", "stack"]


def lines(path):
    try:
        with open(path, errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []


class Kernel:
    """What one kernel gave."""

    def __init__(self, name):
        self.name, directory = name, os.path.join(RESULTS, name)
        self.release = (lines(f"{directory}/release") or [""])[0]
        self.came_up = bool(self.release)
        self.is_offered = os.path.exists(f"{directory}/seconds")
        self.seconds = (lines(f"{directory}/seconds") or ["0"])[0]
        # Of the machine at hand no more than its series is kept.
        numbers = re.match(r"\d+\.\d+", self.release)
        self.series = numbers[0] if name == "here" and numbers else name
        self.doctor = list({(line["signal"], line["source"]): line for line in map(json.loads, lines(f"{directory}/doctor.out"))}.values())
        self.tests, self.issues = {}, {}
        self.read_tests(directory)
        self.loaded, self.refused = {}, {}
        self.read_figures(directory)

    def read_tests(self, directory):
        """The state of each test, by Suite/name."""
        for line in lines(f"{directory}/events"):
            try:
                record = json.loads(line)
            except ValueError:
                continue  # The last line of a run that was cut short.
            payload = record["payload"]
            parts = payload.get("testID", payload.get("id", "")).split("/")
            if len(parts) < 3:
                continue
            test = f"{parts[1]}/{parts[2].split('(')[0]}"
            kind = payload["kind"] if record["kind"] == "event" else "known"
            said = " ".join(message["text"] for message in payload.get("messages", []))
            if kind == "testStarted":
                self.tests[test] = "unfinished"
            elif kind == "testSkipped":
                self.tests[test] = "skipped"
            elif kind == "issueRecorded":
                self.issues.setdefault(test, []).append(said)
            elif kind == "testEnded":
                self.tests[test] = "failed" if test in self.issues else "passed"

    def read_figures(self, directory):
        rows = [line.split("\t") for line in lines(f"{directory}/complexity.out")]
        rows = [row for row in rows if len(row) >= 5]
        # Where the meters cannot hang on sockets podglass takes the objects that are made for such kernels.
        is_early = any(row[0] == "sockets" and row[2] == "refused" for row in rows)
        early = {row[0] for row in rows if row[0].endswith(" (early)")} if is_early else set()
        for row in rows:
            if row[0].endswith(" (early)") != (row[0] in early) or row[0] + " (early)" in early:
                continue
            if row[2] == "loaded":
                self.loaded[row[1]] = row[3:7]
            else:
                self.refused[row[1]] = (os.strerror(int(row[3])), row[4])

    def lines_of(self, pattern):
        """Doctor's lines of a signal; where nothing can be seen there is one for all."""
        told = [line for line in self.doctor if re.search(pattern, f"{line['source']} {line['signal']}")]
        return told or [line for line in self.doctor if line["signal"] == "all that eBPF sees"]

    def asked(self, tests):
        """Those that this kernel is new enough for."""
        return {test for test, since in tests.items() if not since or number(self.release) >= number(since)}

    def tell(self, pattern, tests, why):
        """The state of a signal and its reason."""
        if not self.is_offered:
            return "not offered", "this machine's mirror of Debian has no such kernel any more"
        if not self.came_up:
            return "WRONG", "the machine did not come up"
        told = self.lines_of(pattern)
        if not told:
            return "WRONG", "doctor says nothing of it"
        weak = [line for line in told if line["state"] != "works"]
        reason = "; ".join(dict.fromkeys(line["reason"] or "" for line in weak))
        if all(line["state"] == "off" for line in told):
            return "refused", reason
        # What is there must be right, degraded or not.
        asked = self.asked(tests)
        if not asked:
            return "refused", why
        states = {test: self.tests.get(test, "not run") for test in sorted(asked)}
        if all(state == "skipped" for state in states.values()):
            return "not tried", "it would disturb the machine at hand"
        if all(state == "passed" for state in states.values()):
            reason = "; ".join(filter(None, [reason, why if len(asked) < len(tests) else ""]))
            return ("degraded", reason) if reason else ("works", "")
        return "WRONG", ", ".join(f"{test}: {state}" for test, state in states.items() if state != "passed")


def table(rows, markdown):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        yield "| " + " | ".join(cell.strip() for cell in cells) + " |" if markdown else "  ".join(cells).rstrip()
        if number == 0 and markdown:
            yield "| " + " | ".join("---" for _ in cells) + " |"


def compare(kernels):
    """The verifier's figures against those recorded; returns what got lost."""
    recorded, lost = {}, []
    for line in lines(FIGURES)[1:]:
        series, program, *figures = line.split("\t")
        recorded[series, program] = figures
    print("\nthe verifier's work, against bpf/complexity.tsv")
    count = 0
    for kernel in kernels:
        for program, figures in kernel.loaded.items():
            before = recorded.get((kernel.series, program))
            count += 1
            if not before:
                print(f"  {kernel.series} {program}: new, {figures[0]} instructions, {figures[1]} processed")
                continue
            for title, old, new in zip(HEADING[2:5], before, figures):
                if int(new) > int(old) * (1 + GROWTH):
                    print(f"  {kernel.series} {program}: {title} {old} -> {new}, {100 * int(new) / int(old) - 100:+.0f} %")
        for program, (error, words) in kernel.refused.items():
            print(f"  {kernel.series} {program}: refused, {error}: {words}")
            if (kernel.series, program) in recorded:
                lost.append(f"{kernel.series} refuses {program}, which it loaded when that was recorded")
    print(f"  {count} programs compared; more than {GROWTH:.0%} of growth, new ones and refusals are above, RECORD=1 records them")
    if os.environ.get("RECORD") == "1":
        for kernel in kernels:
            if kernel.loaded:
                recorded = {key: value for key, value in recorded.items() if key[0] != kernel.series}
                recorded |= {(kernel.series, program): figures for program, figures in kernel.loaded.items()}
        order = sorted(recorded, key=lambda key: ([int(number) for number in key[0].split(".")], key[1]))
        with open(FIGURES, "w") as file:
            file.write("\t".join(HEADING) + "\n")
            file.writelines("\t".join([*key, *recorded[key]]) + "\n" for key in order)
        print(f"  recorded in {FIGURES}")
        return []
    return lost


def number(release):
    return [int(part) for part in re.findall(r"\d+", release)[:2]]


def read_signals(wanted):
    """Each signal with its pattern, its tests (of those wanted where some are) by the release since when, and why not before."""
    signals = []
    for line in lines(SIGNALS):
        if line.startswith("#"):
            continue
        signal, pattern, tests, why = (line.split("\t") + [""])[:4]
        tests = {test: since for test, _, since in (word.partition("@") for word in tests.split()) if test in wanted or not wanted}
        if tests:
            signals.append((signal, pattern, tests, why))
    return signals


def print_tests(directory):
    kernel = Kernel(os.path.abspath(directory))
    wanted = set()
    for _, pattern, tests, _ in read_signals(" ".join(lines(os.path.join(directory, "wanted"))).split()):
        told = kernel.lines_of(pattern)
        if not told or any(line["state"] != "off" for line in told):
            wanted |= kernel.asked(tests)
    print("\n".join(sorted(wanted)))


def main():
    kernels = [Kernel(name) for name in KERNELS]
    signals = read_signals(os.environ.get("TESTS", "").split())
    rows, notes, wrong = [["signal"] + [kernel.series for kernel in kernels]], [], []
    for signal, pattern, tests, why in signals:
        row = [signal]
        for kernel in kernels:
            state, reason = kernel.tell(pattern, tests, why)
            if reason:
                note = f"{state}: {reason}"
                if note not in notes:
                    notes.append(note)
                row.append(f"{state} [{notes.index(note) + 1}]")
            else:
                row.append(state)
            if state == "WRONG":
                wrong.append(f"{kernel.series}, {signal}: {reason}")
        rows.append(row)

    print()
    for kernel in kernels:
        counts = {state: sum(value == state for value in kernel.tests.values()) for state in ("passed", "failed", "skipped", "unfinished")}
        told = ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "no test ran"
        print(f"{kernel.series:<5} {kernel.release or 'not offered':<24} {told}; {len(kernel.loaded)} programs loaded; {kernel.seconds} s")
    print("\n" + "\n".join(table(rows, markdown=False)))
    for number, note in enumerate(notes, 1):
        print(f"[{number}] {note}")
    for kernel in kernels:
        for test, issues in kernel.issues.items():
            print(f"\n{kernel.series} {test}\n  " + "\n  ".join(issue[:400] for issue in issues[:6]))
    wrong += compare(kernels)
    if sorted(KERNELS) == sorted(ALL) and "TESTS" not in os.environ:
        document(kernels, rows, notes)
    for sentence in wrong:
        print(f"!!!!!!!! WRONG: {sentence}")
    sys.exit(1 if wrong else 0)


def document(kernels, rows, notes):
    releases = ", ".join(f"{kernel.series} ({kernel.release})" for kernel in kernels if kernel.came_up and kernel.name != "here")
    here = next(kernel.series for kernel in kernels if kernel.name == "here")
    with open(DOCUMENT, "w") as file:
        file.write("# What each kernel gave\n\n")
        file.write("Written by `make test-kernels`; do not edit. Each signal is compared with the kernel's or the servers' own counts by\n")
        file.write("the live tests of [signals.tsv](../Tests/Kernels/signals.tsv). Debian's kernels, each in an emulated machine:\n")
        file.write(f"{releases}. {here} is that of the machine on which it ran.\n\n")
        file.write("\n".join(table(rows, markdown=True)) + "\n")
        if notes:
            file.write("\n" + "\n".join(f"- [{number}] {note}" for number, note in enumerate(notes, 1)) + "\n")


if RESULTS == "--tests":
    print_tests(KERNELS[0])
else:
    main()
