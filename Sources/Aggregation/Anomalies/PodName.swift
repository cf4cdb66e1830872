// What the pods of one controller have in common in their names, where nobody told who made them: what stands before the letters and numbers
// that Kubernetes adds (k8s.io/apimachinery util/rand, batch's minute of a CronJob, StatefulSet's ordinals). Only to recognise: two pods
// with the same base are taken for one workload. `Cluster.InferredController` wants proof, because what it infers is shown.

enum PodName {
    private static let randomLetters = Set("bcdfghjklmnpqrstvwxz2456789".unicodeScalars)
    /// Of a pod template's hash; shorter words of these letters are names.
    private static let hashLengths = 8...10

    /// "web" of "web-6d4cf56db6-x2x7b", of "web-x2x7b", of "web-29384756-x2x7b" and of "web-0".
    static func base(of name: String) -> Substring {
        var base = name[...]
        guard let last = suffix(of: base) else { return base }
        if isNumber(last) { return base.dropLast(last.count + 1) }
        guard last.count == 5, isRandom(last) else { return base }
        base = base.dropLast(6)
        guard let before = suffix(of: base) else { return base }
        let isHash = hashLengths.contains(before.count) && isRandom(before) && before.contains(where: \.isNumber)
        return isHash || before.count >= 8 && isNumber(before) ? base.dropLast(before.count + 1) : base
    }

    /// What stands behind the last dash, if something stands before it.
    private static func suffix(of name: Substring) -> Substring? {
        guard let dash = name.lastIndex(of: "-"), dash > name.startIndex else { return nil }
        let suffix = name[name.index(after: dash)...]
        return suffix.isEmpty ? nil : suffix
    }

    private static func isNumber(_ text: Substring) -> Bool { text.allSatisfy { $0.isASCII && $0.isNumber } }
    private static func isRandom(_ text: Substring) -> Bool { text.unicodeScalars.allSatisfy(randomLetters.contains) }
}
