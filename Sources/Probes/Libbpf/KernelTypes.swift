// What the running kernel's own type information (BTF) says: which tracepoints there are, how many arguments they hand
// over, and the names of its drop reasons, which are renumbered in each release. Read once at the start, then freed.

import CLibbpf
import Glibc

struct KernelTypes: ~Copyable {
    private let btf: OpaquePointer
    /// BTF_KIND_FUNC of include/uapi/linux/btf.h, which two headers declare.
    private static let function: UInt32 = 12

    init() throws(ProbeError) {
        guard let btf = btf__load_vmlinux_btf() else {
            throw ProbeError(
                operation: "read", subject: "the kernel's type information (/sys/kernel/btf/vmlinux)", errno: errno,
                advice: "podglass needs a kernel built with CONFIG_DEBUG_INFO_BTF, 5.8 or later")
        }
        self.btf = btf
    }

    deinit { btf__free(btf) }

    /// The number of arguments of a tracepoint; nil where the kernel does not have it.
    func tracepointArguments(_ name: String) -> Int? {
        // btf_trace_<name> is a typedef of a pointer to a function whose first argument is the tracepoint's own data.
        let typedef = btf__find_by_name_kind(btf, "btf_trace_" + name, UInt32(BTF_KIND_TYPEDEF))
        guard typedef > 0, let pointer = type(btf__type_by_id(btf, UInt32(typedef))?.pointee.type),
            let prototype = type(pointer.pointee.type)
        else { return nil }
        return Int(prototype.pointee.info & 0xffff) - 1
    }

    /// Whether a function is part of the kernel itself, and of no module.
    func hasFunction(_ name: String) -> Bool { btf__find_by_name_kind(btf, name, KernelTypes.function) > 0 }

    /// Whether programs may call `bpf_<name>`: a value of enum bpf_func_id (include/uapi/linux/bpf.h).
    func hasHelper(_ name: String) -> Bool {
        let id = btf__find_by_name_kind(btf, "bpf_func_id", UInt32(BTF_KIND_ENUM))
        guard id > 0, let type = btf__type_by_id(btf, UInt32(id)) else { return false }
        return values(type).contains { $0.name == "BPF_FUNC_" + name }
    }

    /// The values of an enum follow its header (include/uapi/linux/btf.h).
    private func values(_ type: UnsafePointer<btf_type>) -> [(name: String, value: UInt32)] {
        let count = Int(type.pointee.info & 0xffff)
        return UnsafeRawPointer(type).advanced(by: MemoryLayout<btf_type>.size).withMemoryRebound(to: btf_enum.self, capacity: count) {
            values in
            (0..<count).compactMap { index in
                btf__name_by_offset(btf, values[index].name_off).map { (String(cString: $0), UInt32(bitPattern: values[index].val)) }
            }
        }
    }

    private func type(_ id: UInt32?) -> UnsafePointer<btf_type>? { id.flatMap { btf__type_by_id(btf, $0) } }

    /// The names of `enum skb_drop_reason` by number, without their prefix; empty before 5.17.
    func dropReasons() -> [UInt32: String] {
        let id = btf__find_by_name_kind(btf, "skb_drop_reason", UInt32(BTF_KIND_ENUM))
        guard id > 0, let type = btf__type_by_id(btf, UInt32(id)) else { return [:] }
        var reasons: [UInt32: String] = [:]
        for (name, value) in values(type) {
            let prefix = name.hasPrefix("SKB_DROP_REASON_") ? 16 : name.hasPrefix("SKB_") ? 4 : 0
            reasons[value] = String(name.dropFirst(prefix))
        }
        return reasons
    }
}
