/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The bucket of a duration: log-linear, 16 an octave from 2^10 ns, as Sources/Aggregation/Tables/Histogram.swift has
 * them.
 */
#pragma once

#include "request_records.h"
#include "window.h"

PARSER uint32_t histogram_exponent(uint64_t value)
{
	uint32_t exponent = 0;

	if (value >> 32) {
		value >>= 32;
		exponent = 32;
	}
	if (value >> 16) {
		value >>= 16;
		exponent += 16;
	}
	if (value >> 8) {
		value >>= 8;
		exponent += 8;
	}
	if (value >> 4) {
		value >>= 4;
		exponent += 4;
	}
	if (value >> 2) {
		value >>= 2;
		exponent += 2;
	}
	return exponent + (value >> 1);
}

PARSER uint32_t histogram_bucket(uint64_t nanoseconds)
{
	uint32_t exponent;
	uint32_t bucket;

	if (!(nanoseconds >> HISTOGRAM_FIRST_EXPONENT))
		return 0;
	exponent = histogram_exponent(nanoseconds);
	bucket = (exponent - HISTOGRAM_FIRST_EXPONENT) * HISTOGRAM_SUB_BUCKETS +
		 ((nanoseconds >> (exponent - 4)) & (HISTOGRAM_SUB_BUCKETS - 1));
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}
