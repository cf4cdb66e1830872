// What a request to an API server or a kubelet can come to, other than an answer.

enum APIFailure: Error, Sendable, Hashable {
    case unauthorized
    case forbidden
    /// 404: this server does not have such things.
    case unknown
    /// 410, or an ERROR event that says so: what was known of the past is lost, list anew.
    case gone
    /// 429 and 5xx: too busy, or ill. Seconds until it wants to be asked again.
    case busy(status: Int, retryAfter: Int?)
    case refused(status: Int)
    /// No connection: why, a sentence's part.
    case unreachable(String)
    /// The certificate is not of anybody who is trusted; why.
    case untrusted(String)
    /// Nothing came within the time that was given.
    case silent
    /// The connection ended in the midst of an answer.
    case cut
    case garbled(String)
    /// We do not know what to say who we are; why.
    case credentials(String)

    /// A sentence's part, with what helps where something does.
    func sentence(_ server: String) -> String {
        switch self {
        case .unauthorized: "the \(server) does not accept the credentials (401): renew the token, or name another kubeconfig"
        case .forbidden: "the \(server) does not permit it (403)"
        case .unknown: "the \(server) does not know it (404): look at the URL"
        case .gone: "the \(server) forgot what it had told (410): listing anew"
        case .busy(let status, _): "the \(server) is too busy or ill (\(status)): trying again"
        case .refused(let status): "the \(server) answered with \(status): look at the URL and at what stands before the server"
        case .unreachable(let why): "the \(server) cannot be reached: \(why)"
        case .untrusted(let why): "the \(server)'s certificate is not trusted: \(why)"
        case .silent: "the \(server) does not answer in time: trying again"
        case .cut: "the \(server) cut the connection: trying again"
        case .garbled(let what): "the \(server) answered what cannot be read: \(what)"
        case .credentials(let why): why
        }
    }
}
