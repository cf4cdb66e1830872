// However podglass ends, the kernel has no object of it left within five seconds.

import Glibc
import LabSupport
import Testing

extension Live {
    @Suite struct EndingTests {
        @Test("no eBPF program, map or link outlives it", arguments: [SIGINT, SIGTERM, SIGHUP, SIGSEGV, SIGKILL])
        func leavesNothing(signal: Int32) async throws {
            try await withLaboratory { laboratory in
                let observation = try await Podglass.observe(["top", "flows"], in: laboratory)
                let program = observation.program
                let held = KernelObjects.held(by: program.pid)
                #expect(!held.programs.isEmpty && !held.maps.isEmpty && !held.links.isEmpty)
                program.signal(signal)
                let ending = try await program.ended(within: .seconds(20))
                switch signal {
                case SIGINT: #expect(ending == .exited(0))
                case SIGTERM, SIGHUP: #expect(ending == .exited(128 + signal) || ending == .killed(by: signal))
                default: #expect(ending == .killed(by: signal))
                }

                let deadline = ContinuousClock.now + .seconds(5)
                var left = held
                while !left.isEmpty, ContinuousClock.now < deadline {
                    left = try KernelObjects.all(directory: laboratory.directory).intersection(held)
                    try await Task.sleep(for: .milliseconds(100))
                }
                #expect(left == KernelObjects())
            }
        }

        @Test("after --count too, and nothing is pinned meanwhile") func count() async throws {
            try await withLaboratory { laboratory in
                let observation = try await Podglass.observe(["top", "pods", "--count", "3"], in: laboratory)
                let held = KernelObjects.held(by: observation.program.pid)
                let pinned = try Program.must(["bpftool", "-j", "-f", "prog", "show"], directory: laboratory.directory)
                for program in try JSON(pinned).array where held.programs.contains(program["id"].int ?? 0) {
                    #expect(program["pinned"].array.isEmpty)
                }
                #expect(try await observation.program.ended() == .exited(0))
                let deadline = ContinuousClock.now + .seconds(5)
                var left = held
                while !left.isEmpty, ContinuousClock.now < deadline {
                    left = try KernelObjects.all(directory: laboratory.directory).intersection(held)
                    try await Task.sleep(for: .milliseconds(100))
                }
                #expect(left == KernelObjects())
            }
        }
    }
}
