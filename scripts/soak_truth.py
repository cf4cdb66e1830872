"""The truth, and what podglass says: per pod, from the kernel's counters in its namespace, the server's log, the clients' own counts
and nft's counters; and the book in which both are added up."""

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
