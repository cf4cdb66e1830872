"""Incidents in a laboratory of pods: a shop under load, to which things are done, and what podglass flags of them: how soon, where it
says that it began, and what it flags besides. `incidents.py PODGLASS [--calm SECONDS] [--only NAME …] [--record FILE] [--markdown FILE]`.

The shop: load → front → cart → payments-db, and cart asks a DNS server. Every fault is undone again, and the shop given time to recover."""

import argparse, json, os, subprocess, sys, threading, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from soak_lab import HERE, Laboratory, run

WARM, FAULT, RECOVERY = 100, 35, 75


class Service:
    def __init__(self, lab, name, kind, **figures):
        self.pod = lab.pod(name, namespace="shop")
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
    """podglass, and every anomaly that it ever told: when first, and how it was last."""

    def __init__(self, podglass, lab, recording):
        options = ["--host-root", lab.host_root, "--no-runtime"]
        self.process = subprocess.Popen([podglass, "top", "anomalies", "-o", "json", *options], stdout=subprocess.PIPE, text=True)
        self.recorder = recording and subprocess.Popen([podglass, "record", "-w", recording, "--force", *options])
        self.first, self.last, self.cost = {}, {}, 0
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            said = json.loads(line)
            if said["type"] == "status":
                self.cost = said["self"]["cpu_ratio"]
                continue
            identity = said["id"]
            self.first.setdefault(identity, time.monotonic())
            self.last[identity] = said

    def flags(self, since, until):
        """Those that are more than a notice and were first told then, the first first."""
        found = [key for key, at in self.first.items() if since <= at < until and self.last[key]["severity"] != "notice"]
        return sorted(found, key=lambda key: self.first[key])

    def close(self):
        for process in [self.process, self.recorder]:
            if process:
                process.terminate()
                process.wait()


def judge(watcher, incident, onset, until):
    flags = watcher.flags(onset, until)
    told = [watcher.last[key] for key in flags]
    origins = [said for said in told if said["origin"]]
    row = {"incident": incident.name, "flags": len(flags), "after": None, "origin": "", "verdict": "", "sentence": ""}
    if flags:
        row["after"] = watcher.first[flags[0]] - onset
    gravest = max(origins, key=lambda said: said["companions"], default=None)
    if gravest:
        row["origin"], row["sentence"] = gravest["subject"], gravest["sentence"]
    if incident.origins is None:
        row["verdict"] = "false" if flags else "right: nothing"
    elif not flags:
        row["verdict"] = "missed"
    else:
        right = gravest and any(name in gravest["subject"] for name in incident.origins)
        row["verdict"] = "true" if right else "true, elsewhere"
    return row


def say(row):
    after = "" if row["after"] is None else f"{row['after']:.1f} s"
    print(f"{row['incident']:28} {row['verdict']:16} {after:>7}  {row['flags']:3} flags  {row['sentence']}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("podglass")
    parser.add_argument("--calm", type=int, default=0, help="seconds of health before the incidents, in which nothing may be flagged")
    parser.add_argument("--only", nargs="*", default=[], help="incidents whose names begin so")
    parser.add_argument("--record", help="a recording of all of it")
    parser.add_argument("--markdown", help="the table, as a file")
    options = parser.parse_args()
    wanted = [one for one in INCIDENTS if not options.only or any(one.name.startswith(name) for name in options.only)]
    with Laboratory() as lab:
        shop = Shop(lab)
        time.sleep(3)
        watcher = Watcher(options.podglass, lab, options.record)
        try:
            time.sleep(WARM)
            began = time.monotonic()
            time.sleep(options.calm)
            rows = []
            calm = watcher.flags(0, time.monotonic())
            for incident in wanted:
                onset = time.monotonic()
                incident.begin(shop)
                time.sleep(FAULT)
                incident.end(shop)
                rows.append(judge(watcher, incident, onset, time.monotonic()))
                say(rows[-1])
                ended = time.monotonic()
                time.sleep(RECOVERY)
                # A fault's own aftermath may be told until the shop has settled; what comes later is false.
                late = watcher.flags(ended + RECOVERY / 2, time.monotonic())
                for key in late:
                    print(f"{'':28} false, in recovery:  {watcher.last[key]['sentence']}", flush=True)
                rows[-1]["false"] = len(late)
        finally:
            watcher.close()
        print(f"calm: {time.monotonic() - began:.0f} s in all, of these {options.calm + WARM} before the first incident with {len(calm)} flags")
        for key in calm:
            print(f"  {watcher.last[key]['sentence']}")
    if options.markdown:
        with open(options.markdown, "w") as file:
            file.write("| incident | verdict | flagged after | flags | false in recovery | where, and what it says |\n| --- | --- | ---: | ---: | ---: | --- |\n")
            for row in rows:
                after = "" if row["after"] is None else f"{row['after']:.1f} s"
                file.write(f"| {row['incident']} | {row['verdict']} | {after} | {row['flags']} | {row['false']} | {row['sentence']} |\n")


main()
