"""The truth, and what podglass says: per pod, from the kernel's counters in its namespace, the server's log, the clients' own counts
and nft's counters; the site whose pods have all of these; and the book in which they are added up."""

import select, time

from soak_lab import Laboratory, Web

# Quantity: what the truth is.
QUANTITIES = {
    "connections begun and accepted": "TcpActiveOpens + TcpPassiveOpens",
    "connections now": "ss",
    "segments sent again": "TcpRetransSegs",
    "bytes sent": "nginx's log, clients' and servers' own counts",
    "bytes received": "the same",
    "requests served": "nginx's log, servers' own counts",
    "requests made": "clients' own counts",
    "packets dropped by nft": "nft's counters",
    "resets sent": "TcpOutRsts",
}
REQUESTS = {"requests served", "requests made"}


def base(pod):
    """The namespace's counters at the beginning: nothing of what was before is podglass's to count."""
    return pod.counters()


def truth(pod, before, own):
    """`own`: what servers and clients of the pod count themselves; a quantity that is missing there is not compared."""
    now = pod.counters()
    states = pod.sockets()
    found = {
        "connections begun and accepted": sum(now[key] - before[key] for key in ["ActiveOpens", "PassiveOpens"]),
        "segments sent again": now["RetransSegs"] - before["RetransSegs"],
        "packets dropped by nft": pod.dropped_packets(),
        "resets sent": now["OutRsts"] - before["OutRsts"],
    }
    # Half-closed ones change by themselves.
    if all(state == "ESTAB" for state in states):
        found["connections now"] = len(states)
    return found | own


def seen(pod, watcher):
    """The same as podglass says it, in its latest interval."""
    row = watcher.pods().get(pod.name)
    if not row:
        return {}
    symptoms = {"drop": 0, "reset": 0}
    for kind, cause in [("drop", "NETFILTER_DROP"), ("reset", "sent")]:
        symptoms[kind] = sum(line["total"] for line in watcher.rows(kind) if line["workload"] == pod.name and line["cause"] == cause)
    return {
        "connections begun and accepted": row["connections_opened_total"] + row["connections_failed_total"],
        "connections now": row["connections"],
        "segments sent again": row["retransmits_total"],
        "bytes sent": row["sent_bytes_total"],
        "bytes received": row["received_bytes_total"],
        "requests served": row["requests_total"],
        "requests made": row["calls_total"],
        "packets dropped by nft": symptoms["drop"],
        "resets sent": symptoms["reset"],
    }


class Comparison:
    """One pod, compared: equal where podglass lies between what was true before its intervals and after."""

    def __init__(self, pod, before, said, after):
        self.pod, self.said, self.after = pod, said, after
        self.drift = {}
        for quantity, late in after.items():
            early = before.get(quantity, late)
            value = said.get(quantity)
            if value is None:
                self.drift[quantity] = -late
            elif value > max(early, late):
                self.drift[quantity] = value - max(early, late)
            elif value < min(early, late):
                self.drift[quantity] = value - min(early, late)

    @property
    def is_equal(self):
        return not any(self.drift.values())


class Site:
    """The pods that stay: nginx, a client, and a peer that serves everything else. What they count from `mark` on is the truth."""

    LOADS = ["kept", "alive", "once", "long", "dns"]
    PATHS = ["/small", "/item", "/status/503", "/missing", "/routes/a", "/file"]

    def __init__(self):
        self.lab = Laboratory()
        try:
            self.web, self.client, self.peer = map(self.lab.pod, ["web", "client", "peer"])
            self.fixed = [self.web, self.client, self.peer]
            self.nginx = Web(self.web)
            self.serving, self.asking = self.peer.actor("serve"), self.client.actor("ask")
            # Open before podglass is, and to the end.
            self.asking("open", self.peer.address, 7000, 4)
            time.sleep(0.2)
            self.mark()
        except BaseException:
            self.lab.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lab.close()

    def mark(self):
        """While all is quiet."""
        self.before = {pod: base(pod) for pod in self.fixed}
        self.dropped = {pod: pod.dropped_packets() for pod in self.fixed}
        self.owned = {}
        self.owned = self.own()

    def own(self):
        requests, sent, received = self.nginx.read()
        asking, serving = self.asking("report"), self.serving("report")
        own = {
            self.web: {"requests served": requests, "bytes sent": sent, "bytes received": received, "requests made": 0},
            self.client: {
                "requests made": asking.get("asked", 0) + asking.get("questions", 0), "requests served": 0,
                "bytes sent": asking.get("sent", 0), "bytes received": asking.get("received", 0)},
            self.peer: {
                "requests served": serving.get("answered", 0), "requests made": 0,
                "bytes sent": serving.get("sent", 0), "bytes received": serving.get("received", 0)},
        }
        return {pod: {key: count - self.owned.get(pod, {}).get(key, 0) for key, count in counts.items()} for pod, counts in own.items()}

    def truths(self):
        own = self.own()
        found = {pod: truth(pod, self.before[pod], own[pod]) for pod in self.fixed}
        for pod in self.fixed:
            found[pod]["packets dropped by nft"] -= self.dropped[pod]
        return found

    def load(self, *kinds):
        for kind in kinds or Site.LOADS:
            getattr(self, "load_" + kind)()

    def load_kept(self):
        for number in range(4):
            self.asking.work(f"kept{number}", "kept", number=number, rate=5)

    def load_alive(self):
        for number in range(2):
            self.asking.work(f"alive{number}", "keepalive", to=self.web.address, port=80, paths=Site.PATHS, rate=60)

    def load_once(self):
        self.asking.work("once", "once", to=self.web.address, port=80, paths=["/small", "/routes/b"], rate=60)

    def load_long(self):
        self.asking.work("long", "long", to=self.peer.address, up=200_000, down=50_000, rate=5)

    def load_dns(self):
        self.asking.work("dns", "dns", to=self.peer.address, rate=30)

    def load_storm(self, rate=400, workers=1):
        for number in range(workers):
            self.asking.work(f"storm{number}", "brief", to=self.web.address, port=80, rate=rate)

    def quiesce(self, meanwhile=lambda: None):
        """Ends all loads; False where one did not end."""
        self.asking.tell("stop")
        while not select.select([self.asking.process.stdout], [], [], 0.3)[0]:
            meanwhile()
        return self.asking.answer()["stopped"]

    def compare(self, watcher, limit=40):
        """Once more until all is equal: the last bytes, FINs and samples come a moment later."""
        deadline = time.monotonic() + limit
        early = self.truths()
        while True:
            watcher.wait(2)
            late = self.truths()
            comparisons = [Comparison(pod, early[pod], seen(pod, watcher), late[pod]) for pod in self.fixed]
            if all(comparison.is_equal for comparison in comparisons) or time.monotonic() > deadline:
                return comparisons
            early = late


class Book:
    """What pods that are gone had, and each comparison's worst."""

    def __init__(self):
        self.finished, self.notes, self.compared = [], [], 0

    def finish(self, comparison):
        self.compared += 1
        self.finished.append(comparison)
        if not comparison.is_equal:
            self.notes.append(f"{comparison.pod.name}: " + describe(comparison))

    def totals(self, living=()):
        """Quantity: (truth, podglass, drift), over all pods."""
        table = {}
        for comparison in [*self.finished, *living]:
            for quantity, late in comparison.after.items():
                value, said, drift = table.get(quantity, (0, 0, 0))
                off = comparison.drift.get(quantity, 0)
                table[quantity] = value + late, said + comparison.said.get(quantity, 0), drift + off
        return {quantity: table[quantity] for quantity in QUANTITIES if quantity in table}


def describe(comparison):
    return ", ".join(
        f"{quantity} {comparison.after[quantity]:,} but podglass says {comparison.said.get(quantity, 0):,}"
        for quantity, drift in comparison.drift.items() if drift)


def counted_losses(watcher):
    """Those that may be missing from a count: what found the ring full is a sample, and its count is kept elsewhere."""
    return sum(
        count for key, count in watcher.status["lost"].items()
        if key not in ("ring_full", "namespaces_unvisited") and key not in UNSEEN_KINDS)


# Events that no program was run for: of retransmits only the kind is missing, of the others a count of their own.
UNSEEN_KINDS = {
    "drops_unseen": "packets dropped by nft", "synack_retransmits_unseen": "segments sent again", "resets_unseen": "resets sent",
    "retransmits_unseen": None}


def unseen(watcher, quantity):
    return sum(watcher.status["lost"].get(key, 0) for key, of in UNSEEN_KINDS.items() if of == quantity)


def unexplained(comparisons, watcher):
    """What is missing beyond what was counted as lost, or is too much: sentences."""
    lost = counted_losses(watcher)
    unread = sum(watcher.status["not_understood"].values())
    found = []
    for comparison in comparisons:
        for quantity, drift in comparison.drift.items():
            allowed = lost + unseen(watcher, quantity) + (unread if quantity in REQUESTS else 0)
            if drift and not -allowed <= drift < 0:
                found.append(
                    f"{comparison.pod.name}: {quantity} {comparison.after[quantity]:,}, podglass says {comparison.said.get(quantity, 0):,}")
    return found
