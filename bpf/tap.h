/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The tap's state on a socket. It has two halves: what begins a request writes one, what answers writes the other, so
 * that the two ways of a connection may run on two CPUs at once. Requests that are open stand in a queue between them;
 * responses come in the order of requests.
 */
#pragma once

#include "kernel_window.h"
#include "http1.h"
#include "meter.h"

/* flags of a tap */
enum {
	/* Nothing of ours: an early exit from now on. */
	TAP_OPAQUE = 1,
	/* Open before podglass started. */
	TAP_PARTIAL = 2,
	/* Several requests were open at once: the end of each response is looked for. */
	TAP_PIPELINED = 4,
	/* 101: what follows is another protocol, and the exchange lasts as long as the connection. */
	TAP_UPGRADED = 8,
	/* Messages were missed, or not understood: requests may be open that were answered. */
	TAP_MISSED = 16,
};

/* What `pending` says in its lowest two bits; above them stands which exchange it is about, counted as `answered` is.
 */
enum {
	PENDING_NOTHING,
	/* Answered, not yet counted. */
	PENDING_RESPONSE,
	/* Counted, but its response went on. */
	PENDING_AMENDMENT,
	PENDING_KIND = 3,
};

enum reader_state {
	/* Nobody knows where the next message begins: at the start of an skb, if it looks like one. */
	READER_LOST,
	/* At `next` a message begins. */
	READER_MESSAGE,
	/* At `next` the rest of a message's first bytes, of which `prefix_length` are in `prefix`. */
	READER_PREFIX,
	/* At `next` a head goes on; a chunked body. */
	READER_HEAD,
	READER_CHUNKS,
	/* At `next` goes on a body that is longer than sequence numbers reach: by `head.body`. */
	READER_BODY,
};

/* Where a parser stands in the bytes of one way. */
struct reader {
	/* TCP sequence number. */
	uint32_t next;
	uint8_t state;
	uint8_t prefix_length;
	/* The head is that of an interim response (1xx). */
	uint8_t interim;
	uint8_t reserved;
};

/* What it keeps of a message that goes on in the next skb. */
struct rest {
	struct http1_head head;
	struct http1_chunks chunks;
	uint64_t prefix[2];
};

/* In the order of use. The two ways of a connection run on two CPUs, mostly, and each line of the cache that both touch
 * is sent to and fro: a request and its response share the first two, of which the first begins eight bytes before. */
struct tap {
	uint8_t flags;
	uint8_t protocol;
	uint8_t direction;
	/* 1 + the way of the last skb: messages begin where it turns. */
	uint8_t last_way;
	/* How many requests began, and how many were answered. */
	uint32_t asked;
	uint32_t answered;
	struct reader asking;
	struct reader answering;
	/* The TCP sequence number behind the newest byte of a response. */
	uint32_t newest_response;
	uint32_t pending;
	/* Where its kind was counted last, 0 before, and what kind that was. */
	uint32_t row;
	uint32_t generation;
	uint16_t row_operation;
	uint16_t row_status;
	uint16_t operation;
	uint16_t status;
	/* The bytes of `start`, where they are a whole request and the next may be the same; and its method. */
	uint16_t repeated_length;
	uint16_t repeated_operation;

	/* The exchange that was answered last, or the request that is open alone: CLOCK_MONOTONIC. */
	uint64_t request_began;
	uint64_t response_began;
	uint64_t response_ended;
	/* The duration that was counted for it. */
	uint64_t told;
	uint64_t cookie;
	/* Which request was alone when it began, counted as `asked` is: `request_began` and `start` are its. */
	uint32_t start_of;
	/* The span of time (SPAN_SHIFT) in which the budget of samples is known to be used up. */
	uint32_t spent;
	/* The server's port. */
	uint16_t port;
	uint8_t start_length;
	/* Where its target begins in `start`; 0 where it does not. */
	uint8_t target_offset;
	uint32_t reserved;
	uint64_t unused;

	uint64_t start[WINDOW_BYTES / 8];

	/* Requests that are open behind another one, by their number. */
	uint64_t began[LIMIT_PIPELINE];
	uint16_t operations[LIMIT_PIPELINE];
	/* Which request each place holds, in as many bits. */
	uint16_t numbers[LIMIT_PIPELINE];
	struct rest asking_rest;
	struct rest answering_rest;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct tap);
} taps SEC(".maps");
