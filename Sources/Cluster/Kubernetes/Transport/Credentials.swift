// Who we say that we are, as of now: token files are read at each request, a plugin is run when there is nothing or what it
// gave expires. One run serves all who wait for it.

import FoundationEssentials

actor Credentials {
    /// What goes with a request. `round` names the credentials, so that who was refused with old ones does not renew newer ones.
    struct Presented: Sendable {
        /// The value of the header Authorization.
        var authorization: String?
        var certificate: ServerAccess.Certificate?
        var round = 0
    }

    static let pluginLimit = Duration.seconds(10)
    /// A credential that expires so soon is renewed before it is used; seconds.
    static let margin = 10.0

    private let access: ServerAccess
    private let environment: [String: String]
    private let pluginLimit: Duration
    private var cached: ExecCredential?
    private var running: Task<Result<ExecCredential, APIFailure>, Never>?
    private var round = 0

    init(_ access: ServerAccess, environment: [String: String], pluginLimit: Duration = Credentials.pluginLimit) {
        self.access = access
        self.environment = environment
        self.pluginLimit = pluginLimit
    }

    func present() async throws(APIFailure) -> Presented {
        var presented = Presented(certificate: access.certificate, round: round)
        switch access.identity {
        case .nobody: break
        case .token(let token): presented.authorization = try Credentials.bearer(Array(token.utf8), "the token")
        case .tokenFile(let path): presented.authorization = try Credentials.bearer(try file(path), path)
        case .optionalTokenFile(let path):
            presented.authorization = (try? SmallFile.read(path)).flatMap { try? Credentials.bearer($0, path) }
        case .password(let user, let password):
            presented.authorization = "Basic " + Data((user + ":" + password).utf8).base64EncodedString()
        case .plugin(let plugin):
            let credential = try await credential(of: plugin)
            if let token = credential.token { presented.authorization = try Credentials.bearer(Array(token.utf8), plugin.command) }
            if let chain = credential.certificate, let key = credential.key {
                presented.certificate = ServerAccess.Certificate(chain: .bytes(chain), key: .bytes(key))
            }
            presented.round = round
        }
        return presented
    }

    /// They were refused: false where asking again can only give the same.
    func renew(_ refused: Presented) -> Bool {
        switch access.identity {
        case .nobody, .token, .password: return false
        case .tokenFile, .optionalTokenFile: return true
        case .plugin:
            if refused.round == round { cached = nil }
            return true
        }
    }

    private func file(_ path: String) throws(APIFailure) -> [UInt8] {
        do throws(SmallFile.Failure) {
            return try SmallFile.read(path)
        } catch {
            throw .credentials("the token file \(error.path): \(error.what)")
        }
    }

    /// What could end a header is refused: it would be one of somebody else's.
    private static func bearer(_ bytes: [UInt8], _ place: String) throws(APIFailure) -> String {
        let token = String(decoding: bytes, as: UTF8.self).trimmed
        guard !token.isEmpty else { throw .credentials("\(place) is empty") }
        guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { throw .credentials("\(place) holds no token") }
        return "Bearer " + token
    }

    private func credential(of plugin: ExecPlugin) async throws(APIFailure) -> ExecCredential {
        if let cached, (cached.expiration ?? .infinity) - Credentials.margin > Date().timeIntervalSince1970 { return cached }
        let task = running ?? Task { [environment, pluginLimit] in await Credentials.run(plugin, environment, pluginLimit) }
        running = task
        let result = await task.value
        if running == task {
            running = nil
            if case .success(let credential) = result {
                cached = credential
                round += 1
            }
        }
        return try result.get()
    }

    private static func run(
        _ plugin: ExecPlugin, _ environment: [String: String], _ limit: Duration
    ) async -> Result<ExecCredential, APIFailure> {
        var environment = environment.merging(plugin.environment) { $1 }
        environment["KUBERNETES_EXEC_INFO"] = ExecCredential.request(to: plugin)
        let process = Subprocess(command: plugin.command, arguments: plugin.arguments, environment: environment)
        do throws(Subprocess.Failure) {
            let output = try await process.output(within: limit)
            do throws(APIFailure) {
                return .success(try ExecCredential(output, of: plugin))
            } catch {
                return .failure(error)
            }
        } catch {
            return .failure(.credentials(Credentials.sentence(error, plugin, limit)))
        }
    }

    private static func sentence(_ failure: Subprocess.Failure, _ plugin: ExecPlugin, _ limit: Duration) -> String {
        switch failure {
        case .notStarted(let why):
            "the plugin \(plugin.command) cannot be run: \(why)" + (plugin.installHint.map { ": \($0.prefix(200))" } ?? "")
        case .tookTooLong: "the plugin \(plugin.command) did not end within \(limit.components.seconds) s: run it by hand to see why"
        case .printedTooMuch: "the plugin \(plugin.command) printed more than \(Subprocess.outputLimit >> 10) KiB"
        case .failed(let status, let complaint):
            "the plugin \(plugin.command) failed with status \(status)" + (complaint.isEmpty ? "" : ": \(complaint)")
        }
    }
}

extension String {
    /// Without white space around it.
    var trimmed: String {
        let isBlank = { (character: Character) in character.isWhitespace }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(self[first...last])
    }
}
