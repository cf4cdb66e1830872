// One eBPF object: opened from memory, given the shared maps and the settings, loaded, attached. Everything it holds ends
// with it: nothing is pinned, so the kernel forgets programs, maps and links when the process is gone, however it ends.

import CLibbpf
import CProbes
import Glibc

final class BPFObject {
    let name: String
    private let object: OpaquePointer
    private var links: [OpaquePointer] = []
    private var mappings: [(memory: UnsafeMutableRawPointer, length: Int)] = []

    /// - Parameter isEarly: take what was compiled for kernels before 5.12, where that is another.
    init(_ embedded: embedded_object, isEarly: Bool) throws(ProbeError) {
        let name = String(cString: embedded.name)
        let bytes: UnsafePointer<UInt8>? = isEarly ? embedded.early ?? embedded.bytes : embedded.bytes
        let length = isEarly && embedded.early != nil ? embedded.early_length : embedded.length
        guard length > 0 else {
            throw ProbeError(
                operation: "load", subject: "the probe \(name)", errno: 0,
                advice: "this program was built without its eBPF objects; build it with make build")
        }
        var options = bpf_object_open_opts()
        options.sz = MemoryLayout<bpf_object_open_opts>.size
        options.object_name = embedded.name
        guard let object = bpf_object__open_mem(bytes, length, &options) else {
            throw ProbeError(operation: "open", subject: "the probe \(name)", errno: errno, advice: "")
        }
        self.name = name
        self.object = object
    }

    deinit {
        for link in links { bpf_link__destroy(link) }
        for mapping in mappings { munmap(mapping.memory, mapping.length) }
        bpf_object__close(object)
    }

    /// Maps that carry a section's variables are the object's own; all others are shared by name.
    func shareMaps(_ shared: SharedMaps) {
        var map = bpf_object__next_map(object, nil)
        while let current = map {
            if let descriptor = shared[String(cString: bpf_map__name(current))] { bpf_map__reuse_fd(current, descriptor) }
            map = bpf_object__next_map(object, current)
        }
    }

    /// The ring's size in bytes, where this object has a ring that is not shared yet.
    func sizeRing(_ bytes: UInt32) {
        guard let ring = bpf_object__find_map_by_name(object, "ring") else { return }
        bpf_map__set_max_entries(ring, bytes)
    }

    func publishMaps(_ shared: SharedMaps) {
        var map = bpf_object__next_map(object, nil)
        while let current = map {
            let name = String(cString: bpf_map__name(current))
            if !name.contains(".") { shared.adopt(name, bpf_map__fd(current)) }
            map = bpf_object__next_map(object, current)
        }
    }

    /// Writes the settings that the verifier then takes for constants. Before `load`: libbpf copies them into the map then.
    func configure(_ settings: settings) {
        guard let map = sectionMap(".rodata") else { return }
        var length = 0
        guard let memory = bpf_map__initial_value(map, &length), length >= MemoryLayout<CProbes.settings>.size else { return }
        UnsafeMutableRawPointer(mutating: memory).storeBytes(of: settings, as: CProbes.settings.self)
    }

    /// The variables that the loaded programs see, mapped from the kernel's map; nil where the object has none of that size.
    /// libbpf's own copy is the kernel's only for skeletons: written after `load` it would change nothing.
    func variables(size: Int) -> UnsafeMutableRawPointer? {
        guard let map = sectionMap(".bss"), bpf_map__value_size(map) >= size else { return nil }
        let length = Int(bpf_map__value_size(map))
        guard let memory = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0), memory != MAP_FAILED else {
            return nil
        }
        mappings.append((memory, length))
        return memory
    }

    private func sectionMap(_ suffix: String) -> OpaquePointer? {
        var map = bpf_object__next_map(object, nil)
        while let current = map {
            if String(cString: bpf_map__name(current)).hasSuffix(suffix) { return current }
            map = bpf_object__next_map(object, current)
        }
        return nil
    }

    func skip(_ program: String) {
        guard let program = bpf_object__find_program_by_name(object, program) else { return }
        bpf_program__set_autoload(program, false)
    }

    func load() throws(ProbeError) {
        _ = podglass_libbpf_last_warning()
        let result = bpf_object__load(object)
        guard result != 0 else { return }
        let warning = String(cString: podglass_libbpf_last_warning())
        let subject = "the probe \(name)" + (warning.isEmpty ? "" : " (\(warning))")
        // What libbpf could not do for want of a descriptor it calls invalid.
        let error = BPFObject.hasDescriptorsLeft ? -result : EMFILE
        throw ProbeError(operation: "load", subject: subject, errno: error, advice: BPFObject.advice(for: error))
    }

    func attach(_ program: String) throws(ProbeError) {
        guard let link = bpf_program__attach(bpf_object__find_program_by_name(object, program)) else {
            throw ProbeError(operation: "attach", subject: program, errno: errno, advice: BPFObject.advice(for: errno))
        }
        links.append(link)
    }

    /// Attaches a program to a cgroup by a link of its own, beside whatever else is attached there (BPF_F_ALLOW_MULTI).
    func attach(_ program: String, cgroup: Int32) throws(ProbeError) {
        guard let link = bpf_program__attach_cgroup(bpf_object__find_program_by_name(object, program), cgroup) else {
            throw ProbeError(operation: "attach", subject: program, errno: errno, advice: BPFObject.advice(for: errno))
        }
        links.append(link)
    }

    /// Makes an iterator of a program; `map` is the map it walks, or nil.
    func iterator(_ program: String, map: Int32?) throws(ProbeError) -> BPFIterator {
        var info = bpf_iter_link_info()
        var options = bpf_iter_attach_opts()
        options.sz = MemoryLayout<bpf_iter_attach_opts>.size
        let program = (name: program, pointer: bpf_object__find_program_by_name(object, program))
        let link: OpaquePointer?
        if let map {
            info.map.map_fd = UInt32(bitPattern: map)
            link = withUnsafeMutablePointer(to: &info) { pointer in
                options.link_info = pointer
                options.link_info_len = UInt32(MemoryLayout<bpf_iter_link_info>.size)
                return bpf_program__attach_iter(program.pointer, &options)
            }
        } else {
            link = bpf_program__attach_iter(program.pointer, nil)
        }
        guard let link else {
            throw ProbeError(operation: "attach", subject: program.name, errno: errno, advice: BPFObject.advice(for: errno))
        }
        links.append(link)
        return BPFIterator(name: program.name, link: bpf_link__fd(link))
    }

    /// The descriptor of a loaded program; nil where it was skipped.
    func programDescriptor(_ name: String) -> Int32? {
        guard let program = bpf_object__find_program_by_name(object, name) else { return nil }
        let descriptor = bpf_program__fd(program)
        return descriptor >= 0 ? descriptor : nil
    }

    private static var hasDescriptorsLeft: Bool {
        let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
        let isLeft = descriptor >= 0 || errno != EMFILE
        if descriptor >= 0 { close(descriptor) }
        return isLeft
    }

    static func advice(for errno: Int32) -> String {
        switch errno {
        case EPERM: ObservationRight.advice(Rights.read())
        case ENOENT, ESRCH: "this kernel does not have what it hangs on"
        case EINVAL, EACCES: "this kernel's verifier does not accept it; please report the kernel's version"
        case ENOMEM: "the kernel has no memory for it"
        case EMFILE: "podglass may not open enough files; raise the limit (ulimit -n)"
        case ENFILE: "this node has no more open files to give (fs.file-max)"
        default: ""
        }
    }
}

/// Descriptors of the maps that objects share, each a duplicate of its own.
final class SharedMaps {
    private var descriptors: [String: Int32] = [:]

    subscript(name: String) -> Int32? { descriptors[name] }

    func adopt(_ name: String, _ descriptor: Int32) {
        guard descriptors[name] == nil else { return }
        let duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        if duplicate >= 0 { descriptors[name] = duplicate }
    }

    var all: [(name: String, descriptor: Int32)] {
        descriptors.sorted { $0.key < $1.key }.map { (name: $0.key, descriptor: $0.value) }
    }

    deinit { for descriptor in descriptors.values { close(descriptor) } }
}

/// A program that walks the kernel's own lists when read. The link belongs to its object.
struct BPFIterator {
    let name: String
    let link: Int32

    /// Walks once; what the program writes is given to `consume` piece by piece (pieces may split records).
    func run(into buffer: UnsafeMutableRawBufferPointer, _ consume: (UnsafeRawBufferPointer) -> Void = { _ in }) throws(ProbeError) {
        let descriptor = bpf_iter_create(link)
        guard descriptor >= 0 else {
            throw ProbeError(operation: "start", subject: "the iterator \(name)", errno: errno, advice: BPFObject.advice(for: errno))
        }
        defer { close(descriptor) }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count > 0 {
                consume(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            } else if count == 0 {
                return
            } else if errno != EAGAIN, errno != EINTR {
                throw ProbeError(operation: "read", subject: "the iterator \(name)", errno: errno, advice: BPFObject.advice(for: errno))
            }
        }
    }
}
