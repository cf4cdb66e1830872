// A container runtime for tests: CRI v1 over a Unix socket, with what it lists in a variable, and ways to misbehave.

import Aggregation
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization

@testable import Cluster

final class FakeRuntime: Sendable {
    struct State: Sendable {
        var name = "containerd"
        var version = "1.6.20~ds1"
        var sandboxes: [Runtime_V1_PodSandbox] = []
        var containers: [Runtime_V1_Container] = []
        var networks: [String: Runtime_V1_PodSandboxStatus] = [:]
        var statuses: [String: Runtime_V1_ContainerStatus] = [:]
        /// Never answers a call.
        var hangs = false
        /// Serves no CRI, as docker's containerd.
        var isDisabled = false
        /// As CRI-O unless told to have events.
        var endsStream = false
        var calls: [String: Int] = [:]
    }

    let state = Mutex(State())
    private let isStopping = Mutex(false)
    private let listeners = Mutex<[AsyncStream<Void>.Continuation]>([])

    func change(_ body: @Sendable (inout State) -> Void) { state.withLock { body(&$0) } }

    /// As an event of the stream, to all that listen.
    func notify() { listeners.withLock { $0.forEach { $0.yield() } } }
    var listenerCount: Int { listeners.withLock(\.count) }
    func calls(_ method: String) -> Int { state.withLock { $0.calls[method] ?? 0 } }

    /// Serves at `path` until `body` returns.
    func serving<Result: Sendable>(at path: String, _ body: () async throws -> Result) async throws -> Result {
        try? FileManager.default.createDirectory(atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        unlink(path)
        let server = GRPCServer(
            transport: HTTP2ServerTransport.Posix(address: .unixDomainSocket(path: path), transportSecurity: .plaintext), router: router())
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve() }
            _ = try await server.listeningAddress
            defer {
                unlink(path)
                isStopping.withLock { $0 = true }
                listeners.withLock { listeners in
                    listeners.forEach { $0.finish() }
                    listeners.removeAll()
                }
                // Not by cancellation: a server that is cancelled while a stream comes in traps (NIOAsyncWriter's deinit).
                server.beginGracefulShutdown()
            }
            isStopping.withLock { $0 = false }
            return try await body()
        }
    }

    private func router() -> RPCRouter<HTTP2ServerTransport.Posix> {
        var router = RPCRouter<HTTP2ServerTransport.Posix>()
        answer(&router, "Version") { (state, _: Runtime_V1_VersionRequest) in
            Runtime_V1_VersionResponse.with {
                $0.runtimeName = state.name
                $0.runtimeVersion = state.version
            }
        }
        answer(&router, "ListPodSandbox") { (state, _: Runtime_V1_ListPodSandboxRequest) in
            Runtime_V1_ListPodSandboxResponse.with { $0.items = state.sandboxes }
        }
        answer(&router, "ListContainers") { (state, _: Runtime_V1_ListContainersRequest) in
            Runtime_V1_ListContainersResponse.with { $0.containers = state.containers }
        }
        answer(&router, "PodSandboxStatus") { (state, request: Runtime_V1_PodSandboxStatusRequest) in
            guard let status = state.networks[request.podSandboxID] else { throw RPCError(code: .notFound, message: "not found") }
            return Runtime_V1_PodSandboxStatusResponse.with { $0.status = status }
        }
        answer(&router, "ContainerStatus") { (state, request: Runtime_V1_ContainerStatusRequest) in
            guard let status = state.statuses[request.containerID] else { throw RPCError(code: .notFound, message: "not found") }
            return Runtime_V1_ContainerStatusResponse.with { $0.status = status }
        }
        router.registerHandler(
            forMethod: method("GetContainerEvents"), deserializer: ProtobufDeserializer<Runtime_V1_GetEventsRequest>(),
            serializer: ProtobufSerializer<Runtime_V1_ContainerEventResponse>()
        ) { _, _ in
            let (events, event) = AsyncStream.makeStream(of: Void.self)
            let ends = self.state.withLock { state in
                state.calls["GetContainerEvents", default: 0] += 1
                return state.endsStream
            }
            if ends { return StreamingServerResponse { _ in [:] } }
            self.listeners.withLock { $0.append(event) }
            return StreamingServerResponse { writer in
                for await _ in events { try await writer.write(.with { $0.containerID = "any" }) }
                return [:]
            }
        }
        return router
    }

    private func answer<Request: Message, Answer: Message>(
        _ router: inout RPCRouter<HTTP2ServerTransport.Posix>, _ name: String,
        _ answer: @escaping @Sendable (State, Request) throws -> Answer
    ) {
        router.registerHandler(
            forMethod: method(name), deserializer: ProtobufDeserializer<Request>(), serializer: ProtobufSerializer<Answer>()
        ) { request, _ in
            let request = try await ServerRequest(stream: request)
            let state = self.state.withLock { state in
                state.calls[name, default: 0] += 1
                return state
            }
            while state.hangs, !self.isStopping.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(20)) }
            if state.isDisabled { throw RPCError(code: .unimplemented, message: "unknown service runtime.v1.RuntimeService") }
            return StreamingServerResponse(single: ServerResponse(message: try answer(state, request.message)))
        }
    }

    private func method(_ name: String) -> MethodDescriptor {
        MethodDescriptor(fullyQualifiedService: "runtime.v1.RuntimeService", method: name)
    }
}

extension FakeRuntime.State {
    /// A pod with one running container, as the runtime lists them.
    mutating func add(
        pod name: String, namespace: String = "shop", uid: String, sandbox: String, address: String? = "10.0.0.1",
        labels: [String: String] = [:], created: Int64 = 1, isReady: Bool = true
    ) {
        sandboxes.append(
            .with {
                $0.id = sandbox
                $0.metadata = .with {
                    $0.name = name
                    $0.namespace = namespace
                    $0.uid = uid
                }
                $0.state = isReady ? .sandboxReady : .sandboxNotready
                $0.createdAt = created
                $0.labels = labels.merging(["io.kubernetes.pod.name": name, "io.kubernetes.pod.uid": uid]) { $1 }
            })
        networks[sandbox] = .with {
            $0.id = sandbox
            if let address { $0.network.ip = address }
        }
        add(container: "main", id: "c-" + sandbox, to: sandbox)
    }

    mutating func add(
        container name: String, id: String, to sandbox: String, attempt: UInt32 = 0, state: Runtime_V1_ContainerState = .containerRunning,
        created: Int64 = 1, reason: String = ""
    ) {
        containers.append(
            .with {
                $0.id = id
                $0.podSandboxID = sandbox
                $0.metadata = .with {
                    $0.name = name
                    $0.attempt = attempt
                }
                $0.image.image = "sha256:0123"
                $0.state = state
                $0.createdAt = created
            })
        statuses[id] = .with {
            $0.id = id
            $0.state = state
            $0.image.image = "shop/web:1"
            $0.reason = reason
        }
    }

    mutating func remove(sandbox: String) {
        sandboxes.removeAll { $0.id == sandbox }
        containers.removeAll { $0.podSandboxID == sandbox }
        networks[sandbox] = nil
    }
}

/// Listens, and says `bytes` to everybody, or nothing where there are none; never what was asked.
func withRudeSocket<Result>(at path: String, saying bytes: [UInt8], _ body: () async throws -> Result) async throws -> Result {
    try? FileManager.default.createDirectory(atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    unlink(path)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).childChannelInitializer { channel in
        guard !bytes.isEmpty else { return channel.eventLoop.makeSucceededVoidFuture() }
        return channel.eventLoop.makeCompletedFuture { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }
    }.bind(unixDomainSocketPath: path).get()
    do {
        let result = try await body()
        try await channel.close()
        return result
    } catch {
        try await channel.close()
        throw error
    }
}
