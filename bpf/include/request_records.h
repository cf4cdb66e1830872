/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The part of the contract (records.h) that is about requests: under which keys they are counted, in which rows, and
 * what a sample of one says.
 */
#pragma once

#include "records.h"

/* The protocols whose requests are understood; the order of `RequestProtocol` in Sources/Aggregation. */
enum request_protocol {
	PROTOCOL_NONE,
	PROTOCOL_HTTP1,
	PROTOCOL_DNS,
	PROTOCOLS,
};

/* Why bytes of a protocol were not understood, a counter each (`misread`): nothing is counted for them elsewhere. */
enum misread_cause {
	/* Bytes were missing before the next message: those between are not known. */
	CAUSE_GAP,
	/* A message overtook the one before it. */
	CAUSE_REORDERED,
	/* A message that breaks the protocol's grammar. */
	CAUSE_MALFORMED,
	/* A response to a request that was not seen: the connection is older than podglass, or the request was missed.
	 */
	CAUSE_NO_REQUEST,
	/* More requests open on one connection than LIMIT_PIPELINE. */
	CAUSE_PIPELINE,
	/* A head longer than the parser reads, or one that never ended. */
	CAUSE_TOO_LONG,
	CAUSES,
};

enum {
	/* The status of a request without a response. */
	STATUS_UNANSWERED = 0xffff,
	/* Rows of `requests` for what found no place: by protocol and direction. */
	REQUESTS_OTHER = PROTOCOLS * 3,
	/* Histograms: 16 buckets an octave from 2^10 ns; those of Sources/Aggregation/Tables/Histogram.swift. */
	HISTOGRAM_FIRST_EXPONENT = 10,
	HISTOGRAM_SUB_BUCKETS = 16,
	HISTOGRAM_BUCKETS = 27 * HISTOGRAM_SUB_BUCKETS,
};

/* Under which requests are counted exactly. */
struct request_key {
	struct flow_key flow;
	/* The protocol's own number: enum http_method, a DNS type. */
	uint16_t operation;
	/* The protocol's own number: an HTTP status, a DNS rcode; STATUS_UNANSWERED. */
	uint16_t status;
	uint8_t protocol;
	uint8_t encrypted;
	uint16_t reserved;
};

/* Counts and histograms of a key, in an array that user space maps: it takes what is there and leaves zero, atomically.
 */
struct request_row {
	/* Without a response; those with one are the sum of `latency`. */
	uint64_t unanswered;
	/* Of all: which have a sample in the ring (without RECORD_EXTRA). */
	uint64_t sampled;
	uint64_t latency_max;
	uint64_t duration_max;
	/* CLOCK_MONOTONIC of the last change. */
	uint64_t last_active;
	/* Raised when the row is given to another key: who remembers the row compares it. */
	uint32_t generation;
	/* Durations that were moved to another bucket. */
	uint32_t amended;
	/* Samples that this key was given of the share that is kept for those who got none, and in which span of the
	 * budget. */
	uint32_t span;
	uint32_t granted;
	/* To the first byte of the response; to its last. */
	uint32_t latency[HISTOGRAM_BUCKETS];
	uint32_t duration[HISTOGRAM_BUCKETS];
};

enum request_flags {
	/* Taken beyond the budget because it failed or was slow: not one of `sampled`. */
	RECORD_EXTRA = 1,
	/* The connection is older than podglass, or bytes of it were missed. */
	RECORD_PARTIAL = 2,
	/* The message was longer than LIMIT_ANSWER_BYTES. */
	RECORD_CUT = 4,
	/* Told before, when the response seemed to have ended; `amended` was its duration then. */
	RECORD_AMENDS = 8,
};

/* A request and its response, as one exchange. `start` follows in a request_record, the message in an answer_record.
 */
struct exchange_record {
	uint32_t kind;
	uint16_t flags;
	/* Bytes of the start or of the message. */
	uint16_t length;
	struct request_key key;
	struct ip_address local;
	uint64_t cookie;
	/* CLOCK_MONOTONIC of the request's first byte. */
	uint64_t began;
	/* To the first and to the last byte of the response; 0 where there was none. */
	uint64_t latency;
	uint64_t duration;
	uint64_t amended;
	uint16_t local_port;
	uint16_t peer_port;
	/* HTTP: where the target begins in `start`; 0 where it is not there. */
	uint32_t target_offset;
};

/* HTTP: the request's first bytes, the target among them; only that is taken from it. */
struct request_record {
	struct exchange_record exchange;
	uint8_t start[LIMIT_START_BYTES];
};

/* DNS: the whole answer (or, unanswered, the query) from its header on. */
struct answer_record {
	struct exchange_record exchange;
	uint8_t message[LIMIT_ANSWER_BYTES];
};

/* The row of what found no place of its own. */
__attribute__((unused)) static inline uint32_t requests_other(uint32_t protocol, uint32_t direction)
{
	return protocol * (REQUESTS_OTHER / PROTOCOLS) + direction;
}

/* A DNS query that waits for its answer. */
struct question_key {
	uint64_t cookie;
	struct ip_address peer;
	uint16_t peer_port;
	uint16_t id;
	uint32_t reserved;
};

struct question_row {
	struct flow_key flow;
	uint64_t began;
	uint16_t type;
	uint16_t reserved[3];
};

_Static_assert(sizeof(struct request_key) == 56, "request_key");
_Static_assert(sizeof(struct request_row) == 56 + 2 * 4 * HISTOGRAM_BUCKETS, "request_row");
_Static_assert(sizeof(struct exchange_record) == 8 + 56 + 16 + 5 * 8 + 8, "exchange_record");
_Static_assert(sizeof(struct question_key) == 32, "question_key");
_Static_assert(sizeof(struct question_row) == 64, "question_row");
