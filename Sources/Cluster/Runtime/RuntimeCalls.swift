// The calls of CRI v1 that podglass makes, over a runtime's Unix socket: only those that tell, none that changes anything.
// Each has a deadline and a limit of bytes. Method descriptors by hand: five calls need no generated client.

import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import SwiftProtobuf

/// Why a socket gave no names, in one sentence.
struct RuntimeFailure: Error, Equatable {
    enum Kind: Equatable {
        /// It answers, but not to this call.
        case notServed
        /// The thing that was asked about is gone.
        case notFound
        case other
    }

    var kind = Kind.other
    var sentence: String
}

struct RuntimeCalls: Sendable {
    private static let service = ServiceDescriptor(fullyQualifiedService: "runtime.v1.RuntimeService")

    let client: GRPCClient<HTTP2ClientTransport.Posix>
    let socket: String
    let deadline: Duration

    /// Nothing is sent before `client.runConnections()`.
    init(socket: String, deadline: Duration) throws {
        // The runtimes' servers refuse a path as the authority; this is what the kubelet says.
        client = GRPCClient(
            transport: try HTTP2ClientTransport.Posix(
                target: .unixDomainSocket(path: socket, authority: "localhost"), transportSecurity: .plaintext,
                config: .defaults { $0.http2.targetWindowSize = 1 << 20 }, eventLoopGroup: EventLoops.shared))
        self.socket = socket
        self.deadline = deadline
    }

    func version() async throws(RuntimeFailure) -> Runtime_V1_VersionResponse {
        try await ask("Version", Runtime_V1_VersionRequest())
    }

    func sandboxes() async throws(RuntimeFailure) -> [Runtime_V1_PodSandbox] {
        let answer: Runtime_V1_ListPodSandboxResponse = try await ask("ListPodSandbox", Runtime_V1_ListPodSandboxRequest())
        return answer.items
    }

    func containers() async throws(RuntimeFailure) -> [Runtime_V1_Container] {
        let answer: Runtime_V1_ListContainersResponse = try await ask("ListContainers", Runtime_V1_ListContainersRequest())
        return answer.containers
    }

    /// nil where it is gone by now.
    func status(sandbox id: String) async throws(RuntimeFailure) -> Runtime_V1_PodSandboxStatus? {
        do {
            let answer: Runtime_V1_PodSandboxStatusResponse = try await ask(
                "PodSandboxStatus", Runtime_V1_PodSandboxStatusRequest.with { $0.podSandboxID = id })
            return answer.status
        } catch {
            guard error.kind == .notFound else { throw error }
            return nil
        }
    }

    func status(container id: String) async throws(RuntimeFailure) -> Runtime_V1_ContainerStatus? {
        do {
            let answer: Runtime_V1_ContainerStatusResponse = try await ask(
                "ContainerStatus", Runtime_V1_ContainerStatusRequest.with { $0.containerID = id })
            return answer.status
        } catch {
            guard error.kind == .notFound else { throw error }
            return nil
        }
    }

    /// Returns when the runtime ends the stream, which some do at once.
    func events(_ each: @escaping @Sendable () -> Void) async throws(RuntimeFailure) {
        do {
            try await client.serverStreaming(
                request: ClientRequest(message: Runtime_V1_GetEventsRequest()),
                descriptor: MethodDescriptor(service: Self.service, method: "GetContainerEvents"),
                serializer: ProtobufSerializer<Runtime_V1_GetEventsRequest>(),
                deserializer: ProtobufDeserializer<Runtime_V1_ContainerEventResponse>(), options: options(deadline: nil)
            ) { answer in
                for try await _ in answer.messages { each() }
            }
        } catch {
            throw failure(error, "GetContainerEvents")
        }
    }

    private func ask<Request: Message, Answer: Message>(_ method: String, _ request: Request) async throws(RuntimeFailure) -> Answer {
        do {
            return try await client.unary(
                request: ClientRequest(message: request), descriptor: MethodDescriptor(service: Self.service, method: method),
                serializer: ProtobufSerializer<Request>(), deserializer: ProtobufDeserializer<Answer>(),
                options: options(deadline: deadline)
            ) { try $0.message }
        } catch {
            throw failure(error, method)
        }
    }

    private func options(deadline: Duration?) -> CallOptions {
        var options = CallOptions.defaults
        options.timeout = deadline
        options.maxResponseMessageBytes = RuntimeLimits.messageBytes
        return options
    }

    private func failure(_ error: any Error, _ method: String) -> RuntimeFailure {
        guard let error = error as? RPCError else {
            return RuntimeFailure(sentence: "\(socket): \(method) failed: \("\(error)".cut(toBytes: RuntimeLimits.sentenceBytes))")
        }
        let said = error.message.cut(toBytes: RuntimeLimits.sentenceBytes)
        switch error.code {
        case .deadlineExceeded:
            return RuntimeFailure(sentence: "\(socket) did not answer \(method) within \(deadline)")
        case .unimplemented:
            let sentence =
                "\(socket) does not serve the Container Runtime Interface v1 (\(said)): a runtime without Kubernetes, or an old one"
            return RuntimeFailure(kind: .notServed, sentence: sentence)
        case .notFound:
            return RuntimeFailure(kind: .notFound, sentence: "\(socket): \(said)")
        case .resourceExhausted:
            return RuntimeFailure(
                sentence: "\(socket) answered \(method) with more than \(RuntimeLimits.messageBytes >> 20) MiB, or is busy (\(said))")
        case .unavailable:
            let cause = error.cause.map { ": " + "\($0)".cut(toBytes: RuntimeLimits.sentenceBytes) } ?? ""
            return RuntimeFailure(sentence: "\(socket) cannot be reached (\(said)\(cause))")
        default:
            return RuntimeFailure(sentence: "\(socket) did not answer \(method) as a container runtime does (\(error.code), \(said))")
        }
    }
}

extension Runtime_V1_VersionResponse {
    /// Whether every listener is given every event. containerd 1.x deals them out among its listeners: one more, and the
    /// kubelet would miss some.
    var tellsEverybody: Bool {
        switch runtimeName {
        case "cri-o": true
        case "containerd":
            Int(runtimeVersion.drop { $0 == "v" }.prefix { $0.isASCII && $0.isNumber }).map { $0 >= 2 } ?? false
        default: false
        }
    }
}
