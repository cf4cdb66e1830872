// What the header says about the node.

import Aggregation
import Glibc

extension Node {
    /// Reads name, kernel and number of processors of this machine.
    package static func read() -> Node {
        var name = utsname()
        uname(&name)
        return Node(
            name: withUnsafeBytes(of: &name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) },
            kernel: withUnsafeBytes(of: &name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) },
            processors: UInt32(clamping: sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }
}
