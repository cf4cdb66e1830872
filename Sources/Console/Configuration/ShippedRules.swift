// The rules that podglass brings, in the words of its configuration file: `podglass rules` prints them. Each asks for enough
// samples, and for some time, so that a healthy node meets none of them; docs/rules.md says why these numbers.

import Aggregation

enum ShippedRules {
    static let rules: [Rule] = {
        let read = TOMLReader.read(Array(text.utf8))
        var reading = ConfigurationReading(members: read.members, mistakes: read.mistakes)
        return reading.rules(over: [])
    }()

    static let text = """
        [[rule]]
        name = "errors"
        table = "pods"
        when = "errorshare>5% requests>=20 for 20s"
        until = "errorshare<2% or requests<20"
        severity = "warning"
        says = "{workload} answers {value} of its requests with errors; look at its routes and their statuses (top requests)."

        [[rule]]
        name = "most-requests-fail"
        table = "pods"
        when = "errorshare>50% requests>=20 for 10s"
        until = "errorshare<25% or requests<20"
        severity = "critical"
        says = "{workload} fails most of its requests ({value}); look at what it depends on, and at its last rollout."

        [[rule]]
        name = "slow"
        table = "pods"
        when = "p99>2s requests>=20 for 1m"
        until = "p99<1s or requests<20"
        severity = "warning"
        says = "1 % of the requests to {workload} take longer than {value}; compare its CPU, its throttling and whom it calls."

        [[rule]]
        name = "dns-failures"
        table = "requests"
        when = "errors>=10 protocol=dns for 20s"
        severity = "warning"
        says = "DNS questions of {workload} fail ({value} lately); look at the name server, and at drops on the way to it."

        [[rule]]
        name = "retransmits"
        table = "pods"
        when = "recentretransshare>5% recentretrans>5/s for 30s"
        until = "recentretransshare<2% or recentretrans<1/s"
        severity = "warning"
        says = "{workload} sends {value} of its segments again; the path to its peers loses packets (top retransmits)."

        [[rule]]
        name = "connect-failures"
        table = "pods"
        when = "recentconnectfailures>20% recentconnects>=10 for 20s"
        until = "recentconnectfailures<5% or recentconnects<10"
        severity = "warning"
        says = "{value} of the connections that {workload} opens come to nothing; look at whom it calls (top failures)."

        [[rule]]
        name = "syn-timeouts"
        table = "pods"
        when = "recenttimeouts>=3 for 10s"
        severity = "warning"
        says = "Nobody answers when {workload} connects ({value} lately): a firewall, a network policy, or a peer that is gone."

        [[rule]]
        name = "listen-overflow"
        table = "pods"
        when = "recentlistendrops>=0.5/s for 10s"
        severity = "critical"
        says = "{workload} accepts connections too slowly: its listen queue is full and drops {value}/s."

        [[rule]]
        name = "resets"
        table = "pods"
        when = "recentresets>20/s for 30s"
        severity = "notice"
        says = "Connections of {workload} are cut, {value} a second; see which side does it (top resets)."

        [[rule]]
        name = "drops"
        table = "pods"
        when = "recentdrops>20/s for 30s"
        severity = "warning"
        says = "This node's kernel drops {value} packets a second of {workload}; top drops says for what reason."

        [[rule]]
        name = "firewall-drops"
        table = "drops"
        when = "persecond>=1/s cause=NETFILTER_DROP for 20s"
        severity = "notice"
        says = "A firewall or network policy drops packets of {workload}, {value} a second."

        [[rule]]
        name = "protocol-drops"
        table = "drops"
        when = "persecond>=5/s cause~^(NO_SOCKET|SOCKET_RCVBUFF|PROTO_MEM|FULL_RING|CPU_BACKLOG|QDISC_DROP|NOMEM|TCP_CSUM|UDP_CSUM|IP_NOROUTES)$ for 20s"
        severity = "warning"
        says = "The kernel drops packets of {workload}, {value} a second, for want of room, of a way or of somebody who listens."

        [[rule]]
        name = "zero-window"
        table = "pods"
        when = "zerowindows>=1 for 1m"
        until = "zerowindows<1"
        severity = "notice"
        says = "{value} peers of {workload} read nothing while data waits for them: they are too slow, or stuck."

        [[rule]]
        name = "cpu"
        table = "pods"
        when = "cpushare>90% for 5m"
        until = "cpushare<80%"
        severity = "warning"
        says = "{workload} takes {value} of this node's processors; all others share the rest."

        [[rule]]
        name = "throttled"
        table = "pods"
        when = "throttled>25% for 1m"
        until = "throttled<10%"
        severity = "warning"
        says = "{workload} waits for its CPU limit in {value} of its periods: raise the limit, or give it less to do."

        [[rule]]
        name = "memory-limit"
        table = "pods"
        when = "memoryshare>95% for 30s"
        until = "memoryshare<90%"
        severity = "critical"
        says = "{workload} uses {value} of its memory limit: at 100 % the kernel kills it."

        [[rule]]
        name = "silent"
        table = "pods"
        when = "silent>2m kind=pod"
        severity = "notice"
        says = "{workload} had traffic all the time and has had none for {value}; look whether anybody can still reach it."

        [[rule]]
        name = "cardinality"
        table = "cardinality"
        when = "distinct>=10000 growth>=100 treatment!=stripped for 10s"
        until = "growth<10"
        severity = "warning"
        says = "{workload} has {value} different values and gets more; see what becomes of them (top cardinality), and who makes them."

        """
}
