// Names and numbers that the kernel's parsers and Aggregation both have: here they are held together.

import CProbes
import Testing

@testable import Aggregation

@Suite struct VocabularyTests {
    @Test("Every method of the kernel has its name, in the same order")
    func methods() {
        #expect(ProtocolFacts.httpMethods.count == Int(HTTP_METHODS.rawValue))
        let pairs: [(http_method, String)] = [
            (HTTP_NONE, "?"), (HTTP_GET, "GET"), (HTTP_HEAD, "HEAD"), (HTTP_POST, "POST"), (HTTP_PUT, "PUT"), (HTTP_DELETE, "DELETE"),
            (HTTP_CONNECT, "CONNECT"), (HTTP_OPTIONS, "OPTIONS"), (HTTP_TRACE, "TRACE"), (HTTP_PATCH, "PATCH"), (HTTP_PROPFIND, "PROPFIND"),
            (HTTP_PROPPATCH, "PROPPATCH"), (HTTP_MKCOL, "MKCOL"), (HTTP_COPY, "COPY"), (HTTP_MOVE, "MOVE"), (HTTP_LOCK, "LOCK"),
            (HTTP_UNLOCK, "UNLOCK"), (HTTP_REPORT, "REPORT"), (HTTP_SEARCH, "SEARCH"), (HTTP_PURGE, "PURGE"), (HTTP_QUERY, "QUERY"),
        ]
        #expect(pairs.count == Int(HTTP_METHODS.rawValue))
        for (kernel, name) in pairs { #expect(RequestProtocol.http1.operationName(UInt16(kernel.rawValue)) == name) }
    }

    @Test("Every protocol of the kernel has its case")
    func protocols() {
        #expect(RequestProtocol.allCases.count == Int(PROTOCOLS.rawValue) - 1)
        #expect(UInt32(RequestProtocol.http1.rawValue) == PROTOCOL_HTTP1.rawValue)
        #expect(UInt32(RequestProtocol.dns.rawValue) == PROTOCOL_DNS.rawValue)
        #expect(Int(RequestKey.unanswered) == Int(STATUS_UNANSWERED))
        #expect(
            RequestProtocol.dns.operationName(UInt16(DNS_TYPE_AAAA)) == "AAAA"
                && RequestProtocol.dns.operationName(UInt16(DNS_TYPE_A)) == "A")
    }

    @Test("The tables hold as many requests as the kernel tells apart")
    func limits() {
        #expect(Limits.requests >= Int(LIMIT_REQUESTS.rawValue))
        // The status of a row, and the key's number in a histogram, fit what carries them.
        #expect(Int(HISTOGRAM_BUCKETS) <= Int(UInt16.max))
    }

    @Test("A duration falls into the same bucket on both sides")
    func histogram() {
        #expect(Int(HISTOGRAM_BUCKETS) == Histogram.bucketCount && Int(HISTOGRAM_SUB_BUCKETS) == Histogram.subBuckets)
        #expect(Int(HISTOGRAM_FIRST_EXPONENT) == Histogram.firstExponent)
        var values: [UInt64] = [0, .max]
        for exponent: UInt64 in 0..<64 {
            let power: UInt64 = 1 << exponent
            values += [power &- 1, power, power &+ 1]
            for part: UInt64 in 0..<16 {
                values += [power / 16 &* (16 + part) &- 1, power / 16 &* (16 + part), power / 16 &* (16 + part) &+ 1]
            }
        }
        var random = Seeded(10)
        for _ in 0..<20_000 { values.append(random.next() >> UInt64(random.number(0...63))) }
        for value in values { #expect(Int(histogram_bucket(value)) == Histogram.bucket(of: value), "\(value)") }
    }
}
