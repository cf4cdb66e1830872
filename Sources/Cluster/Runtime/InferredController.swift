// Who made a pod, told from its name and the labels that controllers put on their pods: good until somebody who knows is
// asked. Pure text, so that every shape is a line in a test. Labels that users write (app.kubernetes.io/…) prove nothing.

import Aggregation

enum InferredController {
    /// The hash in the name of a ReplicaSet is the value of one of these labels of its pods.
    private static let hashed = [("pod-template-hash", "Deployment"), ("rollouts-pod-template-hash", "Rollout")]
    private static let jobNames = ["batch.kubernetes.io/job-name", "job-name"]
    /// The API server cuts the base of a name to this before it adds five letters (k8s.io/apiserver names/generate.go).
    private static let longestBase = 58
    private static let randomLetters = Set("bcdfghjklmnpqrstvwxz2456789")

    /// `host`: this node's name, which a static pod carries behind its own.
    static func of(pod name: String, uid: String, labels: Labels, host: String?) -> Controller? {
        guard let (kind, controller) = owner(name, uid, labels, host), !controller.isEmpty else { return nil }
        return Controller(kind: kind, name: controller, isEstimated: true)
    }

    private static func owner(_ name: String, _ uid: String, _ labels: Labels, _ host: String?) -> (String, String)? {
        // The kubelet makes these itself; their UID is the hash of a file.
        if uid.utf8.count == 32, uid.allSatisfy(\.isHexDigit) {
            return host.flatMap { name.hasSuffix("-" + $0) ? ("Node", $0) : nil }
        }
        for (label, kind) in hashed {
            if let hash = labels[label] { return deployment(of: name, hash: hash).map { (kind, $0) } }
        }
        for label in jobNames {
            if let job = labels[label] { return scheduled(job).map { ("CronJob", $0) } ?? ("Job", String(job)) }
        }
        guard labels["controller-revision-hash"] != nil else { return nil }
        if labels["statefulset.kubernetes.io/pod-name"].map({ $0 == name }) ?? false {
            return withoutOrdinal(name).map { ("StatefulSet", $0) }
        }
        guard labels["pod-template-generation"] != nil, let base = base(of: name), base.count < longestBase - 1 else { return nil }
        return ("DaemonSet", String(base))
    }

    /// "web" of "web-6d4cf56db6-x2x7b". The base of a long name lost its end, with it a part of the hash.
    private static func deployment(of name: String, hash: Substring) -> String? {
        guard let base = base(of: name), !hash.isEmpty else { return nil }
        if base.hasSuffix("-" + hash) { return String(base.dropLast(hash.count + 1)) }
        guard base.count == longestBase || base.count == longestBase - 1 else { return nil }
        // Fewer than three letters could be anybody's.
        for length in stride(from: hash.count, through: 3, by: -1) where base.hasSuffix("-" + hash.prefix(length)) {
            return String(base.dropLast(length + 1))
        }
        return nil
    }

    /// What stands before the five letters that the API server made up, without the dash where there is one.
    private static func base(of name: String) -> Substring? {
        guard name.count > 5, name.suffix(5).allSatisfy(randomLetters.contains) else { return nil }
        let base = name.dropLast(5)
        if base.last == "-" { return base.dropLast() }
        return base.count == longestBase ? base : nil
    }

    /// "backup" of "backup-29384756": a CronJob adds the minute since 1970 that it was due.
    private static func scheduled(_ job: Substring) -> String? {
        guard let dash = job.lastIndex(of: "-") else { return nil }
        let minute = job[job.index(after: dash)...]
        guard minute.count >= 8, minute.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return String(job[..<dash])
    }

    private static func withoutOrdinal(_ name: String) -> String? {
        guard let dash = name.lastIndex(of: "-") else { return nil }
        let ordinal = name[name.index(after: dash)...]
        guard !ordinal.isEmpty, ordinal.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return String(name[..<dash])
    }
}
