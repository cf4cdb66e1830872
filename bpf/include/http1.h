/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * HTTP/1.0 and 1.1 (RFC 9112): the method a message begins with, its status, where its head ends and how its body is
 * framed. Pure: the verifier sees what the Swift tests call and fuzz.
 */
#pragma once

#include "records.h"

/* The order of `ProtocolFacts.httpMethods` in Sources/Aggregation. */
enum http_method {
	HTTP_NONE,
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_DELETE,
	HTTP_CONNECT,
	HTTP_OPTIONS,
	HTTP_TRACE,
	HTTP_PATCH,
	HTTP_PROPFIND,
	HTTP_PROPPATCH,
	HTTP_MKCOL,
	HTTP_COPY,
	HTTP_MOVE,
	HTTP_LOCK,
	HTTP_UNLOCK,
	HTTP_REPORT,
	HTTP_SEARCH,
	HTTP_PURGE,
	HTTP_QUERY,
	HTTP_METHODS,
};
