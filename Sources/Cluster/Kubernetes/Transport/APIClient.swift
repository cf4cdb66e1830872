// GET, answered by a stream of bytes, from one server: TLS, credentials, one renewal of them after a 401, a time within which
// all of it has to be done. HTTP/1.1 only: each watch has a connection of its own, so none can hold up another.

import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOSSL

struct APIClient: Sendable {
    /// What is read of an answer that is no success.
    static let complaintLimit = 64 << 10
    static let connectLimit = TimeAmount.seconds(5)
    /// More than one connection a resource: a list may begin while an ended watch is still being closed.
    static let connections = 16
    /// A server may want to be left alone for so long at most; seconds.
    static let retryAfterLimit = 60

    let access: ServerAccess
    let credentials: Credentials
    private let http: HTTPClient

    /// Starts NIO's thread; `stop` is to be called.
    init(_ access: ServerAccess, credentials: Credentials) {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.timeout = .init(connect: APIClient.connectLimit)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = APIClient.connections
        configuration.connectionPool.retryConnectionEstablishment = false
        if let name = access.serverName { configuration.dnsOverride = [name: access.url.host] }
        self.access = access
        self.credentials = credentials
        http = HTTPClient(eventLoopGroupProvider: .shared(EventLoops.shared), configuration: configuration)
    }

    func stop() async { try? await http.shutdown() }

    /// Everything, the connection included, takes at most `limit`; what `read` throws comes out.
    func get<Value: Sendable>(
        _ target: String, accept: String = "application/json", within limit: Duration,
        _ read: @escaping @Sendable (HTTPClientResponse.Body) async throws -> Value
    ) async throws(APIFailure) -> Value {
        let result = await within(limit) { () async throws(APIFailure) in
            let presented = try await credentials.present()
            do throws(APIFailure) {
                return try await ask(target, accept, presented, read)
            } catch {
                guard error == .unauthorized, await credentials.renew(presented) else { throw error }
                return try await ask(target, accept, try await credentials.present(), read)
            }
        }
        return try result.get()
    }

    private func within<Value: Sendable>(
        _ limit: Duration, _ work: @escaping @Sendable () async throws(APIFailure) -> Value
    ) async -> Result<Value, APIFailure> {
        await withTaskGroup(of: Result<Value, APIFailure>.self) { group in
            group.addTask {
                do throws(APIFailure) { return .success(try await work()) } catch { return .failure(error) }
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return .failure(.silent)
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? .failure(.silent)
        }
    }

    private func ask<Value: Sendable>(
        _ target: String, _ accept: String, _ presented: Credentials.Presented,
        _ read: @Sendable (HTTPClientResponse.Body) async throws -> Value
    ) async throws(APIFailure) -> Value {
        let request = try request(target, accept, presented)
        var hasAnswered = false
        do {
            // The time is kept outside; this one is never reached.
            let response = try await http.execute(request, timeout: .hours(1))
            hasAnswered = true
            if response.status.code == 200 { return try await read(response.body) }
            var size = 0
            for try await buffer in response.body {
                size += buffer.readableBytes
                if size > APIClient.complaintLimit { break }
            }
            throw APIClient.failure(response)
        } catch let failure as APIFailure {
            throw failure
        } catch {
            throw APIClient.failure(error, hasAnswered, access)
        }
    }

    private func request(
        _ target: String, _ accept: String, _ presented: Credentials.Presented
    ) throws(APIFailure) -> HTTPClientRequest {
        var url = access.url
        if let name = access.serverName { url.host = name }
        var request = HTTPClientRequest(url: url.description + target)
        request.headers = ["Accept": accept, "User-Agent": "podglass"]
        if access.serverName != nil { request.headers.add(name: "Host", value: access.url.authority) }
        if let authorization = presented.authorization { request.headers.add(name: "Authorization", value: authorization) }
        if url.isEncrypted { request.tlsConfiguration = try encryption(presented) }
        return request
    }

    private func encryption(_ presented: Credentials.Presented) throws(APIFailure) -> TLSConfiguration {
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            switch access.trust {
            case .system: break
            case .authorities(let material): configuration.trustRoots = .certificates(try Certificates.parsed(try material.read()))
            case .anybody: configuration.certificateVerification = .none
            }
            if let certificate = presented.certificate {
                configuration.certificateChain = try Certificates.parsed(try certificate.chain.read()).map { .certificate($0) }
                configuration.privateKey = .privateKey(try Certificates.key(try certificate.key.read()))
            }
            return configuration
        } catch let failure as SmallFile.Failure {
            throw .credentials("\(failure.path): \(failure.what)")
        } catch {
            throw .credentials("a certificate or key that is to be used cannot be read")
        }
    }
}

// MARK: What went wrong

extension APIClient {
    private static func failure(_ response: HTTPClientResponse) -> APIFailure {
        switch response.status.code {
        case 401: return .unauthorized
        case 403: return .forbidden
        case 404: return .unknown
        case 410: return .gone
        case 429, 500...599:
            let seconds = response.headers.first(name: "Retry-After").flatMap { Int($0) }
            return .busy(status: Int(response.status.code), retryAfter: seconds.map { min(max($0, 0), retryAfterLimit) })
        default: return .refused(status: Int(response.status.code))
        }
    }

    private static func failure(_ error: any Error, _ hasAnswered: Bool, _ access: ServerAccess) -> APIFailure {
        if error is CancellationError { return .silent }
        let text = String(describing: error)
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return .untrusted("no authority that is believed has signed it; name the right certificate-authority")
        }
        if text.contains("failedToValidateHostname") {
            return .untrusted("it does not name \(access.serverName ?? access.url.host); set tls-server-name to a name that it has")
        }
        if error is NIOSSLError || error is BoringSSLError {
            return .unreachable("TLS failed at \(access.url.authority): no TLS there, or it wants another client certificate")
        }
        if let error = error as? HTTPClientError {
            if [.connectTimeout, .tlsHandshakeTimeout, .readTimeout, .deadlineExceeded].contains(error) { return .silent }
        }
        // With the head or before it: the connection was there.
        if hasAnswered || error as? HTTPParserError == .invalidEOFState || error as? HTTPClientError == .remoteConnectionClosed {
            return .cut
        }
        if error is HTTPParserError { return .garbled("it is no HTTP") }
        if text.contains("ECONNREFUSED") || text.contains("onnection refused") {
            return .unreachable("nothing listens at \(access.url.authority)")
        }
        return .unreachable("\(access.url.authority): \(text.prefix(160))")
    }
}
