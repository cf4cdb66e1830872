"""Incidents in a laboratory of pods: a shop under load, to which things are done, and what podglass flags of them: how soon, where it
says that it began, and what it flags besides.

    incidents.py PODGLASS live DIR [--runs 3] [--only NAME …]     does all of them, in another order each run, and records it into DIR
    incidents.py PODGLASS health DIR [--minutes 20]               a healthy mixed load, recorded too
    incidents.py PODGLASS replay DIR                              judges those recordings anew, as if podglass had been started at other moments
    incidents.py PODGLASS table DIR                               the tables of both, in Markdown

The shop: load → front → cart → payments-db, and cart asks a DNS server. Every fault is undone again, and the shop given time to recover."""

import argparse, datetime, glob, json, os, statistics, subprocess, sys, threading, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from incident_health import Mixed
from soak_lab import HERE, Laboratory

WARM, FAULT, RECOVERY = 100, 30, 75
# Of each incident, over all recordings.
REPLAYS = 17
# What podglass has seen before the fault, at least, in a replay; seconds. A detector learns from fifty points first, and latencies have one when
# forty requests have come: somewhat more than a second here.
LEAST = 75


class Service:
    def __init__(self, lab, name, kind, namespace="shop", **figures):
        self.pod = lab.pod(name, namespace=namespace)
        self.process = self.pod.start(
            [sys.executable, "-I", "-S", HERE + "/incident_actors.py", kind, json.dumps(figures)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def set(self, **figures):
        self.process.stdin.write(json.dumps(figures) + "\n")
        self.process.stdin.flush()
        self.process.stdout.readline()


class Shop:
    def __init__(self, lab):
        self.names = Service(lab, "coredns", "names")
        self.db = Service(lab, "payments-db", "service", latency=4)
        self.cart = Service(lab, "cart", "service", latency=3, calls=[self.db.pod.address], names=self.names.pod.address)
        self.front = Service(lab, "front", "service", latency=2, calls=[self.cart.pod.address])
        self.load = Service(lab, "load", "load", to=self.front.pod.address, rate=40)


def lossy(shop):
    for service in [shop.db, shop.cart]:
        service.pod.firewall("meta l4proto tcp numgen random mod 100 < 8 counter drop")


def mended(shop):
    for service in [shop.db, shop.cart]:
        service.pod.firewall()


class Incident:
    """What is done and undone, and which pod an engineer should be sent to; None where nothing should wake anybody."""

    def __init__(self, name, begin, end, origins):
        self.name, self.begin, self.end, self.origins = name, begin, end, origins


INCIDENTS = [
    Incident("a slow server", lambda shop: shop.db.set(latency=250), lambda shop: shop.db.set(latency=4), ["payments-db"]),
    Incident("errors", lambda shop: shop.cart.set(errors=0.3), lambda shop: shop.cart.set(errors=0), ["cart"]),
    Incident("a dead backend", lambda shop: shop.db.set(dead=True), lambda shop: shop.db.set(dead=False), ["payments-db"]),
    Incident("loss of 8 %", lossy, mended, ["payments-db", "cart"]),
    Incident(
        "a retry storm", lambda shop: (shop.cart.set(retries=4), shop.db.set(errors=0.6)),
        lambda shop: (shop.cart.set(retries=0), shop.db.set(errors=0)), ["payments-db"]),
    Incident("a DNS outage", lambda shop: shop.names.set(silent=True), lambda shop: shop.names.set(silent=False), ["coredns"]),
    Incident("growth of load", lambda shop: shop.load.set(rate=110), lambda shop: shop.load.set(rate=40), None),
    Incident("a deploy with a new level", lambda shop: shop.cart.set(latency=25), lambda shop: shop.cart.set(latency=3), ["cart"]),
]


class Watcher:
    """podglass, and every anomaly that it ever told: when first by the wall, and how it was last. Live, or of a recording."""

    def __init__(self, podglass, arguments, isLive):
        self.first, self.last, self.shown, self.isLive = {}, {}, 0, isLive
        self.process = subprocess.Popen([podglass, *arguments, "-o", "json"], stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            said = json.loads(line)
            # Of a recording the moment of the interval in which it was told; live when it was read here.
            at = time.time() if self.isLive else datetime.datetime.fromisoformat(said["time"].replace("Z", "+00:00")).timestamp()
            self.shown = at
            if said["type"] == "anomaly":
                self.first.setdefault(said["id"], at)
                self.last[said["id"]] = said

    def flags(self, since, until):
        """Those that are more than a notice and were first told then, the first first."""
        found = [key for key, at in self.first.items() if since <= at < until and self.last[key]["severity"] != "notice"]
        return sorted(found, key=lambda key: self.first[key])

    def end(self):
        if self.isLive:
            self.process.terminate()
        self.reader.join()
        return self.process.wait()


def judge(watcher, incident, onset, end, until):
    """What was first told from the onset to the end is the fault's; from the middle of the recovery on it is false."""
    flags = watcher.flags(onset, end)
    told = [watcher.last[key] for key in flags]
    late = watcher.flags(end + (until - end) / 2, until)
    row = {
        "incident": incident.name, "flags": len(flags), "after": watcher.first[flags[0]] - onset if flags else None, "origin": "", "sentence": "",
        "false": [watcher.last[key]["sentence"] for key in late], "all": [said["sentence"] for said in told]}
    gravest = max([said for said in told if said["origin"]], key=lambda said: said["companions"], default=None)
    if gravest:
        row["origin"], row["sentence"] = gravest["subject"], gravest["sentence"]
    if incident.origins is None:
        row["verdict"] = "false" if flags else "right: nothing"
    elif not flags:
        row["verdict"] = "missed"
    else:
        row["verdict"] = "true" if gravest and any(name in gravest["subject"] for name in incident.origins) else "true, elsewhere"
    return row


def say(row, *more):
    after = "" if row["after"] is None else f"{row['after']:.1f} s"
    print(f"{row['incident']:26} {row['verdict']:16} {after:>7}  {row['flags']:3} flags  {row['sentence']}", *more, flush=True)
    for sentence in row["false"]:
        print(f"{'':26} false, in recovery:  {sentence}", flush=True)


def record(podglass, lab, path, body):
    """Runs `body` under a live watch and a recorder; what it returns is kept beside the recording."""
    options = ["--host-root", lab.host_root, "--no-runtime"]
    watcher = Watcher(podglass, ["top", "anomalies", *options], isLive=True)
    recorder = subprocess.Popen([podglass, "record", "-w", path + ".podglass", "--force", *options])
    try:
        found = body(watcher)
    finally:
        recorder.terminate()
        recorder.wait()
        watcher.end()
    with open(path + ".json", "w") as file:
        json.dump(found, file, indent=1)


def live(options):
    wanted = [one for one in INCIDENTS if not options.only or any(one.name.startswith(name) for name in options.only)]
    for number in range(1, options.runs + 1):
        turn = (number - 1) * 3 % len(wanted)
        order = wanted[turn:] + wanted[:turn]

        def run(watcher):
            began = time.time()
            time.sleep(WARM)
            rows = []
            calm = watcher.flags(0, time.time())
            for incident in order:
                onset = time.time()
                incident.begin(shop)
                time.sleep(FAULT)
                incident.end(shop)
                end = time.time()
                time.sleep(RECOVERY)
                row = judge(watcher, incident, onset, end, time.time())
                rows.append(dict(row, onset=onset, end=end, until=time.time()))
                say(rows[-1])
            print(f"run {number}: {len(calm)} flags in the {WARM} s of health before", *[watcher.last[key]["sentence"] for key in calm], sep="\n  ")
            return {"began": began, "rows": rows, "calm": [watcher.last[key]["sentence"] for key in calm]}

        with Laboratory() as lab:
            shop = Shop(lab)
            time.sleep(3)
            record(options.podglass, lab, f"{options.directory}/run-{number}", run)


def ours(watcher, until):
    """What was flagged of this laboratory's own pods; another one may run on the machine."""
    return [key for key in watcher.flags(0, until) if any(name in watcher.last[key]["sentence"] for name in ("shop/", "web/"))]


def health(options):
    with Laboratory() as lab:
        shop = Shop(lab)
        mixed = Mixed(lab, shop, Service)
        time.sleep(3)

        def run(watcher):
            began = time.time()
            time.sleep(options.minutes * 60)
            mixed.close()
            flags, notices = ours(watcher, time.time()), [one for one in watcher.last.values() if one["severity"] == "notice"]
            print(f"{options.minutes} minutes of health: {len(flags)} flags, {len(notices)} notices")
            for said in [watcher.last[key] for key in flags] + notices:
                print(f"  {said['severity']}: {said['sentence']}")
            return {"began": began, "until": time.time(), "minutes": options.minutes, "flags": [watcher.last[key]["sentence"] for key in flags], "notices": len(notices)}

        record(options.podglass, lab, f"{options.directory}/health", run)


def replayed(options, recording, start):
    """A replay in which nothing is judged before `start`, seconds from the recording's beginning."""
    arguments = ["replay", recording, "--table", "anomalies", "--from", f"{max(start, 0):.0f}s"]
    watcher = Watcher(options.podglass, arguments, isLive=False)
    if watcher.end() != 0:
        raise SystemExit(f"incidents: replaying {recording} failed")
    return watcher


def starts(rows, index, began):
    """Where podglass may be started before this fault: in the calm before the first, so that no fault is what it learns from."""
    return list(range(int(min(rows[0]["onset"], rows[index]["onset"] - LEAST) - began) + 1))


def replay(options):
    runs = sorted(glob.glob(options.directory + "/run-*.json"))
    wanted = {one.name: one for one in INCIDENTS}
    plan = {}
    for number, path in enumerate(runs):
        with open(path) as file:
            told = json.load(file)
        for index, row in enumerate(told["rows"]):
            share = REPLAYS // len(runs) + (number < REPLAYS % len(runs))
            possible = starts(told["rows"], index, told["began"])
            # Spread over all of them, and no two alike.
            for turn in range(share):
                start = possible[(2 * turn + 1) * len(possible) // (2 * share)]
                plan.setdefault((path, start), []).append(row)
    found = []
    for (path, start), rows in sorted(plan.items(), key=lambda one: one[0]):
        watcher = replayed(options, path.removesuffix(".json") + ".podglass", start)
        for row in rows:
            found.append(dict(judge(watcher, wanted[row["incident"]], row["onset"], row["end"], row["until"]), start=start, run=path))
            say(found[-1], f"({os.path.basename(path)} from {start} s)")
    healthy = []
    if os.path.exists(options.directory + "/health.json"):
        with open(options.directory + "/health.json") as file:
            told = json.load(file)
        for start in [17, 151, 283, 419]:
            watcher = replayed(options, options.directory + "/health.podglass", start)
            flags = ours(watcher, told["until"] + 5)
            seconds = told["until"] - told["began"] - start
            healthy.append({"seconds": seconds, "flags": [watcher.last[key]["sentence"] for key in flags]})
            print(f"health from {start} s on, {seconds / 60:.1f} minutes: {len(flags)} flags", *healthy[-1]["flags"], sep="\n  ")
    with open(options.directory + "/replays.json", "w") as file:
        json.dump({"rows": found, "health": healthy}, file, indent=1)


def table(options):
    def read(path):
        with open(path) as file:
            return json.load(file)

    runs = [read(path) for path in sorted(glob.glob(options.directory + "/run-*.json"))]
    again = read(options.directory + "/replays.json")
    print("| incident | how | runs | right origin | elsewhere | missed | flagged after: median, longest | false in recovery |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for incident in INCIDENTS:
        for how, rows in [("live", [row for run in runs for row in run["rows"]]), ("replayed", again["rows"])]:
            mine = [row for row in rows if row["incident"] == incident.name]
            count = lambda verdict: sum(row["verdict"] == verdict for row in mine)
            after = [row["after"] for row in mine if row["after"] is not None]
            times = f"{statistics.median(after):.1f} s, {max(after):.1f} s" if after else ""
            right = count("true") + count("right: nothing")
            late = sum(len(row["false"]) for row in mine)
            print(f"| {incident.name} | {how} | {len(mine)} | {right} | {count('true, elsewhere') + count('false')} | {count('missed')} | {times} | {late} |")
    print("\n| incident | what the first of the origin's group says |\n| --- | --- |")
    for incident in INCIDENTS:
        for run in runs:
            for row in run["rows"]:
                if row["incident"] == incident.name:
                    print(f"| {incident.name} | {row['sentence'] or 'nothing is flagged'} |")
    print(f"\nOf {sum(len(run['calm']) for run in runs)} flags in the calm before the runs; health replayed:",
          *[f"{one['seconds'] / 60:.1f} minutes, {len(one['flags'])} flags;" for one in again["health"]])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("podglass")
    parser.add_argument("what", choices=["live", "health", "replay", "table"])
    parser.add_argument("directory", help="where the recordings are")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--minutes", type=int, default=20)
    parser.add_argument("--only", nargs="*", default=[], help="incidents whose names begin so")
    options = parser.parse_args()
    os.makedirs(options.directory, exist_ok=True)
    {"live": live, "health": health, "replay": replay, "table": table}[options.what](options)


main()
