// eBPF objects of a process and of the machine: what must be gone when podglass is.

import Foundation

package struct KernelObjects: Sendable, Equatable {
    package var programs: Set<Int> = []
    package var maps: Set<Int> = []
    package var links: Set<Int> = []

    package init() {}

    package var isEmpty: Bool { programs.isEmpty && maps.isEmpty && links.isEmpty }

    /// What a process holds open, by id (proc_pid_fdinfo(5)).
    package static func held(by pid: pid_t) -> KernelObjects {
        var held = KernelObjects()
        let directory = "/proc/\(pid)/fdinfo"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
            guard let text = try? String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8) else { continue }
            for line in text.split(separator: "\n") {
                let pair = line.split(separator: ":", maxSplits: 1)
                guard pair.count == 2, let id = Int(pair[1].trimmingCharacters(in: .whitespaces)) else { continue }
                switch pair[0] {
                case "prog_id": held.programs.insert(id)
                case "map_id": held.maps.insert(id)
                case "link_id": held.links.insert(id)
                default: break
                }
            }
        }
        return held
    }

    /// What the machine has, as bpftool shows it.
    package static func all(directory: String) throws -> KernelObjects {
        func ids(_ kind: String) throws -> Set<Int> {
            let text = try Program.must(["bpftool", "-j", kind, "show"], directory: directory)
            return Set(try JSON(text.isEmpty ? "[]" : text).array.compactMap { $0["id"].int })
        }
        var all = KernelObjects()
        all.programs = try ids("prog")
        all.maps = try ids("map")
        all.links = try ids("link")
        return all
    }

    package func intersection(_ other: KernelObjects) -> KernelObjects {
        var both = KernelObjects()
        both.programs = programs.intersection(other.programs)
        both.maps = maps.intersection(other.maps)
        both.links = links.intersection(other.links)
        return both
    }
}
