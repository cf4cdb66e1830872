/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The contract between the eBPF programs and Swift: the header the verifier sees is the header Swift decodes with.
 * Structs, limits and enums only: no maps, no helpers, no kernel types. Fixed widths, no padding, no pointers.
 */
#pragma once

#ifdef __bpf__
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
#else
#include <stdint.h>
#endif

/* Every limit of the kernel's side, and what happens at it. */
enum limit {
	/* Flows the kernel tells apart; beyond it they are summed in `other_flows`, counted as TALLY_FLOWS_REFUSED. */
	LIMIT_FLOWS = 65536,
	/* Drops and resets by place and reason; beyond it they are counted as TALLY_SYMPTOMS_REFUSED. */
	LIMIT_SYMPTOMS = 8192,
	/* Sockets whose meters are in a table, before Linux 5.12; beyond it they are not measured
	 * (TALLY_METERS_REFUSED). */
	LIMIT_EARLY_METERS = 131072,
	/* Listening sockets; beyond it their children have no process name (TALLY_LISTENERS_REFUSED). */
	LIMIT_LISTENERS = 8192,
	/* Bytes of the ring; a full ring is counted as TALLY_RING_FULL. */
	LIMIT_RING_BYTES = 512 * 1024,
	/* Samples of each kind that one CPU may put into the ring in a second; the rest is counted as sampled out. */
	LIMIT_SAMPLES_PER_SECOND = 400,
	/* How often a contended counter is tried again before TALLY_CONTENDED is counted. */
	LIMIT_RETRIES = 8,
	/* Request keys told apart, each with its histograms; beyond it they are summed by protocol and direction in the
	 * first REQUESTS_OTHER rows, counted as TALLY_REQUESTS_REFUSED. */
	LIMIT_REQUESTS = 4096,
	/* DNS queries that wait for their answer; beyond it they are counted as TALLY_QUESTIONS_REFUSED. */
	LIMIT_QUESTIONS = 16384,
	/* A query that waits for so long counts as unanswered: resolv.conf's timeout. */
	LIMIT_QUESTION_SECONDS = 5,
	/* Requests that may be open on one connection (pipelined); beyond it they are not understood (CAUSE_PIPELINE).
	 */
	LIMIT_PIPELINE = 16,
	/* What is kept of a request's start (HTTP: the method, the target, some headers): a window. */
	LIMIT_START_BYTES = 128,
	/* What is kept of a DNS answer. */
	LIMIT_ANSWER_BYTES = 512,
	/* Samples of requests that the whole node may put into the ring in 2^28 ns, shared out evenly among its CPUs.
	 */
	LIMIT_REQUEST_SAMPLES = 1024,
	/* Of those, in the same time: what each key may have although others used the budget up, out of a quarter more.
	 */
	LIMIT_GRANTED_SAMPLES = 8,
	/* A new cgroup's path, its end included; of a longer one the start is kept. A pod's is about 200. */
	LIMIT_PATH_BYTES = 256,
};

/* What is counted for a flow, in the order of `Counter` in Sources/Aggregation/Vocabulary/Counter.swift. */
enum flow_counter {
	FLOW_SENT_BYTES,
	FLOW_RECEIVED_BYTES,
	FLOW_OPENED,
	FLOW_CLOSED,
	FLOW_ADOPTED,
	FLOW_REFUSED,
	FLOW_TIMED_OUT,
	FLOW_FAILED,
	FLOW_RETRANSMITS,
	FLOW_RETRANSMITS_FAST,
	FLOW_RETRANSMITS_TIMEOUT,
	FLOW_RETRANSMITS_LOSS_PROBE,
	FLOW_RETRANSMITS_SYN,
	FLOW_RETRANSMITS_SYN_ACK,
	FLOW_RETRANSMITS_OTHER,
	FLOW_RESETS_SENT,
	FLOW_RESETS_RECEIVED,
	FLOW_CONNECT_NANOSECONDS,
	FLOW_CONNECTS,
	FLOW_HANDSHAKE_NANOSECONDS,
	FLOW_HANDSHAKES,
	FLOW_CLOSED_RTT_MICROSECONDS,
	FLOW_CLOSED_RTTS,
	FLOW_SENT_DATAGRAMS,
	FLOW_RECEIVED_DATAGRAMS,
	FLOW_COUNTERS,
};

/* What could not be kept, one per-CPU slot each. Up to TALLY_LOSSES it is a loss; after it a sample left out. */
enum tally {
	TALLY_RING_FULL,
	TALLY_FLOWS_REFUSED,
	TALLY_SYMPTOMS_REFUSED,
	TALLY_LISTENERS_REFUSED,
	TALLY_METERS_REFUSED,
	TALLY_CONTENDED,
	TALLY_UNREADABLE,
	TALLY_REQUESTS_REFUSED,
	TALLY_QUESTIONS_REFUSED,
	TALLY_TAPS_REFUSED,
	TALLY_CONNECTIONS_UNSEEN,
	TALLY_LOSSES,
	TALLY_TIMINGS_SAMPLED_OUT = TALLY_LOSSES,
	TALLY_CLOSES_SAMPLED_OUT,
	TALLY_CONNECTIONS_UNLISTED,
	TALLY_INCIDENTS_SAMPLED_OUT,
	TALLY_CGROUPS_SAMPLED_OUT,
	/* After the samples: events that a program was run for, to be compared with what the kernel counts itself. */
	TALLY_RUNS,
	TALLY_RUNS_DROPS = TALLY_RUNS,
	TALLY_RUNS_RETRANSMITS,
	TALLY_RUNS_SYNACK_RETRANSMITS,
	TALLY_RUNS_RESETS_RECEIVED,
	TALLY_RUNS_RESETS,
	TALLIES,
};

enum direction {
	DIRECTION_INBOUND = 1,
	DIRECTION_OUTBOUND = 2,
};

/* Sixteen bytes in network order, IPv4 v4-mapped. */
struct ip_address {
	uint64_t high;
	uint64_t low;
};

/* task_struct.comm. */
struct command_name {
	uint64_t first;
	uint64_t second;
};

struct flow_key {
	uint64_t cgroup;
	struct ip_address peer;
	/* Only where the cgroup is the root of the tree and so names nobody. */
	struct command_name command;
	uint32_t netns;
	/* The server's port, host order. */
	uint16_t port;
	uint8_t direction;
	/* IPPROTO_TCP (6) or IPPROTO_UDP (17). */
	uint8_t transport;
};

struct flow_row {
	uint64_t counters[FLOW_COUNTERS];
	/* CLOCK_MONOTONIC of the last change. */
	uint64_t last_active;
	/* This end's address, of the newest connection. */
	struct ip_address local;
	/* What the sockets showed in pass `pass` of the sweep; stale where it is not the newest. */
	uint64_t rtt_sum;
	uint32_t pass;
	uint32_t rtt_count;
	uint32_t rtt_max;
	uint32_t zero_windows;
	/* Established sockets of the flow that the pass came by. */
	uint32_t met;
	uint32_t reserved;
};

enum symptom_kind {
	SYMPTOM_DROP = 1,
	SYMPTOM_RESET_SENT = 2,
};

/* A drop, or a reset without a socket. Where the socket is unknown, `flow.cgroup` is 0, `flow.peer` the packet's
 * source, `local` its destination, and `flow.direction` is seen from the destination. */
struct symptom_key {
	struct flow_key flow;
	struct ip_address local;
	uint32_t reason;
	uint32_t kind;
};

struct symptom_row {
	uint64_t count;
	uint64_t last_seen;
};

struct listener_key {
	struct ip_address address;
	uint32_t netns;
	uint16_t port;
	uint16_t reserved;
};

struct listener_row {
	uint64_t cgroup;
	struct command_name command;
	uint64_t drops;
	uint32_t queue;
	uint32_t queue_limit;
	uint32_t pid;
	uint32_t pass;
};

/* What the ring carries: samples, under a budget a second. */
enum record_kind {
	RECORD_TIMING = 1,
	RECORD_CLOSED = 2,
	RECORD_REQUEST = 3,
	RECORD_ANSWER = 4,
	RECORD_INCIDENT = 5,
	RECORD_CGROUP = 6,
};

/* One thing that happened to a connection, for the stream of events; the counts are elsewhere. */
enum incident {
	INCIDENT_OPENED = 1,
	INCIDENT_RETRANSMIT = 2,
	INCIDENT_DROP = 3,
	INCIDENT_RESET_SENT = 4,
	INCIDENT_RESET_RECEIVED = 5,
	INCIDENT_FAILED = 6,
};

struct incident_record {
	uint32_t kind;
	/* enum incident */
	uint32_t incident;
	/* As in symptom_key: `key.cgroup` is 0 where only addresses are known. */
	struct flow_key key;
	struct ip_address local;
	/* CLOCK_MONOTONIC. */
	uint64_t time;
	uint64_t cookie;
	/* The kernel's drop reason; the flow_counter of a retransmit's kind or of a failure. */
	uint32_t reason;
	/* Segments of a retransmit, else 1. */
	uint32_t count;
	uint16_t local_port;
	uint16_t peer_port;
	/* TCP flags of a dropped packet, where they are known. */
	uint8_t tcp_flags;
	/* 1 where the dropped packet was on its way from `local`, 0 where it was for it. */
	uint8_t outgoing;
	uint8_t reserved[2];
};

/* A cgroup of the cgroup2 tree that was just made. */
struct cgroup_record {
	uint32_t kind;
	/* Bytes of `path` that count, its end among them. */
	uint32_t length;
	uint64_t cgroup;
	/* From the tree's root; ends with 0. */
	char path[LIMIT_PATH_BYTES];
};

struct timing_record {
	uint32_t kind;
	uint32_t reserved;
	struct flow_key key;
	uint64_t nanoseconds;
};

/* One connection: from the ring when it closed, from the listing iterator while it lives. */
struct connection_record {
	uint32_t kind;
	uint32_t pid;
	struct flow_key key;
	struct ip_address local;
	uint64_t cookie;
	uint64_t established;
	uint64_t seen;
	uint64_t sent_bytes;
	uint64_t received_bytes;
	uint32_t retransmits;
	uint32_t rtt;
	uint32_t congestion_window;
	uint32_t send_window;
	uint16_t local_port;
	uint16_t peer_port;
	uint8_t state;
	uint8_t partial;
	uint16_t reserved;
};

/* What the process that reads them tells the programs, once, before they load. */
struct settings {
	/* 1 where tp_btf/kfree_skb hands over the receiving socket (6.11 and later). */
	uint32_t drop_has_socket;
	/* The cgroup id of the root of the cgroup2 tree. */
	uint32_t root_cgroup;
	/* The first reason that means a drop; below it the packet was consumed. */
	uint32_t first_drop_reason;
	/* What is thrown away with a socket that closes (QUEUE_PURGE): its last FIN, mostly. Every connection would
	 * count as one that loses packets. 0 where the kernel does not tell it apart. */
	uint32_t purge_reason;
	/* LIMIT_REQUEST_SAMPLES shared out among the CPUs. */
	uint32_t request_samples;
	/* 1 where somebody reads single events: without, no program spends anything on them. */
	uint32_t incidents;
};

/* Where the programs start beside sockets that are older. */
struct start {
	/* 1 once every older socket has its meter: one that closes without it then went unseen. */
	uint32_t is_over;
	uint32_t reserved;
};

/* What changes from pass to pass of the iterators. */
struct control {
	struct flow_key listed_flow;
	uint32_t pass;
	/* 1: list only the connections of `listed_flow`. */
	uint32_t only_listed_flow;
	uint32_t listed;
	uint32_t list_limit;
	/* Sockets that carry a meter, counted by the pass. */
	uint32_t meters;
	uint32_t reserved;
};

_Static_assert(sizeof(struct flow_key) == 48, "flow_key");
_Static_assert(sizeof(struct flow_row) == 8 * FLOW_COUNTERS + 56, "flow_row");
_Static_assert(sizeof(struct symptom_key) == 72, "symptom_key");
_Static_assert(sizeof(struct listener_key) == 24, "listener_key");
_Static_assert(sizeof(struct connection_record) == 8 + 48 + 16 + 5 * 8 + 4 * 4 + 8, "connection_record");
_Static_assert(sizeof(struct cgroup_record) == 16 + LIMIT_PATH_BYTES, "cgroup_record");
_Static_assert(sizeof(struct incident_record) == 8 + 48 + 16 + 2 * 8 + 8 + 8, "incident_record");
