// A kubeconfig: how a server is reached, or one sentence with the line that is wrong. An alias bomb ends at the limit of values.

import Glibc

@testable import Cluster

/// A file without a name, for what reads files.
private let file: (descriptor: Int32, path: String) = {
    var template = Array("/tmp/podglass-fuzz-XXXXXX\0".utf8.map { CChar($0) })
    let descriptor = mkstemp(&template)
    check(descriptor >= 0 && unlink(template) == 0, "no place for a file")
    return (descriptor, "/proc/self/fd/\(descriptor)")
}()

func fuzz(_ bytes: [UInt8]) {
    do throws(YAMLError) {
        if let node = try bounded("reading", { () throws(YAMLError) in try YAMLNode.read(bytes) }) {
            check(count(node) <= YAMLLimits.nodes, "\(count(node)) values")
        }
    } catch {
        check(error.line >= 1 && !error.what.isEmpty, "nothing said of line \(error.line)")
    }
    check(ftruncate(file.descriptor, 0) == 0 && pwrite(file.descriptor, bytes, bytes.count, 0) == bytes.count, "no room for a file")
    do throws(NameSourceError) {
        let access = try bounded("understanding") { () throws(NameSourceError) in try Kubeconfig(paths: [file.path]).access() }
        let url = access.url.description
        checkShowable(url)
        check(ServerURL(url) == access.url, "\(url) is another server")
        check(!url.contains("@") && !url.contains("?"), "\(url) has a user or a query")
    } catch {
        checkShowable(error.sentence)
        check(error.sentence.hasPrefix(file.path + ":"), "no place: \(error.sentence)")
    }
}

private func count(_ node: YAMLNode) -> Int {
    switch node.content {
    case .text: 1
    case .list(let nodes): nodes.reduce(1) { $0 + count($1) }
    case .mapping(let entries): entries.reduce(1) { $0 + 1 + count($1.value) }
    }
}
