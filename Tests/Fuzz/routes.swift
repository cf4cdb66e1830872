// What requests ask for, as the network brings it: templates stay short, and nothing of a query string or of credentials is left
// in what is shown.

@testable import Aggregation

func fuzz(_ bytes: [UInt8]) {
    var input = Input(bytes)
    let isCut = input.byte() & 1 == 1
    let target = input.text
    let route = bounded("a template") { RouteTemplate.template(of: target, isCut: isCut) }
    // The last segment that fits, and what says that there is more.
    check(route.utf8.count <= RouteTemplate.bytes + 80, "a route of \(route.utf8.count) bytes")
    check(!route.unicodeScalars.contains("?"), "a query string in \(route)")
    let name = bounded("a name") { NameTemplate.template(of: target) }
    check(!name.isEmpty && name.utf8.count <= 260, "a name of \(name.utf8.count) bytes")

    let message = Observation.Message(
        application: .http1, operation: 1, target: target, isCut: isCut, isEncrypted: false, answers: [], timeToLive: 0, isUnanswered: true)
    let redacted = Redaction.target(message, keepsQuery: false)
    let path = target.unicodeScalars.prefix { $0 != "?" }
    check(redacted.unicodeScalars.count <= path.count + 3, "\(redacted) shows more than the path")
    if let question = redacted.unicodeScalars.firstIndex(of: "?") {
        check(String(redacted.unicodeScalars[question...]) == "?…", "\(redacted) shows the query string")
    }
}
