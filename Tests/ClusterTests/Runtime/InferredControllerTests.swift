// Names and labels as real clusters have them, and who made the pod.

import Aggregation
import Testing

@testable import Cluster

struct InferredControllerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var pod: String
        var labels: [String: String]
        var uid = "6e33b558-7c58-4137-b636-1c569360be40"
        var controller: String?

        var testDescription: String { pod }
    }

    static let cases = [
        Case(pod: "api-fcdbdd66b-bxmbm", labels: ["app": "api", "pod-template-hash": "fcdbdd66b"], controller: "Deployment api"),
        Case(
            pod: "coredns-5d78c9869d-7t4xr", labels: ["k8s-app": "kube-dns", "pod-template-hash": "5d78c9869d"],
            controller: "Deployment coredns"),
        Case(pod: "web-api-v2-7c6b8f9d5-abcde", labels: ["pod-template-hash": "7c6b8f9d5"], controller: nil),
        Case(pod: "web-api-v2-7c6b8f9d5-k2x9z", labels: ["pod-template-hash": "7c6b8f9d5"], controller: "Deployment web-api-v2"),
        // 58 letters of "a-long-…-59f76c8bd4-" and five more.
        Case(
            pod: "a-deployment-whose-name-is-so-long-that-it-is-cut-a-59f76cx2x7b", labels: ["pod-template-hash": "59f76c8bd4"],
            controller: "Deployment a-deployment-whose-name-is-so-long-that-it-is-cut-a"),
        Case(
            pod: "a-deployment-whose-name-is-so-long-that-nothing-is-left-of-x2x7", labels: ["pod-template-hash": "59f76c8bd4"],
            controller: nil),
        Case(pod: "elsewhere-x2x7b", labels: ["pod-template-hash": "59f76c8bd4"], controller: nil),
        Case(
            pod: "checkout-7d9f4b6c8-m4k2p", labels: ["rollouts-pod-template-hash": "7d9f4b6c8"], controller: "Rollout checkout"),
        Case(
            pod: "db-0",
            labels: [
                "statefulset.kubernetes.io/pod-name": "db-0", "controller-revision-hash": "db-5d8c", "apps.kubernetes.io/pod-index": "0",
            ],
            controller: "StatefulSet db"),
        Case(
            pod: "kafka-broker-12",
            labels: ["statefulset.kubernetes.io/pod-name": "kafka-broker-12", "controller-revision-hash": "kafka-broker-6b"],
            controller: "StatefulSet kafka-broker"),
        Case(
            pod: "db-1", labels: ["statefulset.kubernetes.io/pod-name": "db-0", "controller-revision-hash": "db-5d8c"], controller: nil),
        Case(
            pod: "agent-tmvrd", labels: ["app": "agent", "controller-revision-hash": "67d788d84b", "pod-template-generation": "1"],
            controller: "DaemonSet agent"),
        Case(
            pod: "kube-proxy-x7k5d", labels: ["controller-revision-hash": "6f6c5d", "pod-template-generation": "3"],
            controller: "DaemonSet kube-proxy"),
        Case(pod: "fails-x655r", labels: ["job-name": "fails", "batch.kubernetes.io/job-name": "fails"], controller: "Job fails"),
        Case(pod: "migrate-2024-zz7kd", labels: ["job-name": "migrate-2024"], controller: "Job migrate-2024"),
        Case(pod: "tick-29384756-k8s2d", labels: ["batch.kubernetes.io/job-name": "tick-29384756"], controller: "CronJob tick"),
        Case(pod: "-29384756-k8s2d", labels: ["job-name": "-29384756"], controller: nil),
        Case(pod: "web-6d4cf56db6-x2x7b", labels: ["app.kubernetes.io/name": "web", "app": "web"], controller: nil),
        Case(pod: "alone", labels: ["run": "alone"], controller: nil),
        Case(pod: "", labels: ["pod-template-hash": ""], controller: nil),
        Case(
            pod: "static-web-node1", labels: [:], uid: "fa2f7c9e6d0c4b3a8f1e2d3c4b5a6978", controller: "Node node1"),
        Case(pod: "static-web-other", labels: [:], uid: "fa2f7c9e6d0c4b3a8f1e2d3c4b5a6978", controller: nil),
    ]

    @Test("who made a pod, from its name and labels", arguments: cases)
    func inference(_ row: Case) {
        let controller = InferredController.of(pod: row.pod, uid: row.uid, labels: Labels(row.labels), host: "node1")
        #expect(controller.map { "\($0.kind) \($0.name)" } == row.controller)
        #expect(controller?.isEstimated ?? true)
    }
}
