// What is listed and watched at an API server, in the order in which it is useful: makers before pods, so that most pods know
// their owner as soon as they are there.

enum Resource: String, Sendable, CaseIterable {
    case replicaSets = "replicasets"
    case jobs
    case pods
    case services
    case endpointSlices = "endpointslices"
    case nodes

    var path: String {
        switch self {
        case .pods, .services, .nodes: "/api/v1/" + rawValue
        case .endpointSlices: "/apis/discovery.k8s.io/v1/" + rawValue
        case .replicaSets: "/apis/apps/v1/" + rawValue
        case .jobs: "/apis/batch/v1/" + rawValue
        }
    }

    /// Of ReplicaSets and Jobs the metadata is enough; a server that does not know the form gives the whole.
    private var isPartial: Bool { self == .replicaSets || self == .jobs }
    var listForm: String {
        isPartial ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json" : "application/json"
    }
    var watchForm: String {
        isPartial ? "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json" : "application/json"
    }

    /// "in all namespaces", but nodes have none.
    var scope: String { self == .nodes ? "" : " in all namespaces" }
}
