// docs/rights.md says what the catalogue of standing needs says.

import Foundation
import Testing

@testable import Probes

@Suite struct RightsPageTests {
    private static let page: [Substring] = {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/rights.md").path
        return ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n")
    }()

    @Test("each need stands in docs/rights.md beside its capability", arguments: StandingNeed.allCases)
    func needs(need: StandingNeed) {
        #expect(need.keeps.names.count == 1)
        let first = need.reason.prefix { $0 != "," && $0 != "(" }
        let row = Self.page.first { $0.hasPrefix("|") && $0.contains(first) }
        #expect(need.keeps.names.allSatisfy { row?.contains("`\($0)`") == true }, "\(need): \(row ?? "no row")")
    }

    @Test("each capability says what becomes of it, and the two that only loading takes are not kept by today's kernels")
    func capabilities() {
        #expect(Capability.perfmon.afterLoading == "given up")
        #expect(Capability.readSearch.afterLoading.hasPrefix("kept for "))
        let today: Set<StandingNeed> = [.cgroups, .pods, .translations]
        #expect(today.keeps.names == ["CAP_NET_ADMIN", "CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"])
        #expect(Set<StandingNeed>([]).keeps.isEmpty)
        #expect(CapabilitySet.override.names == ["CAP_DAC_OVERRIDE"])
    }

    @Test("a test's process gives up nothing") func tests() {
        let before = Rights.read()
        Rights.keep([])
        #expect(Rights.read() == before && Rights.refusals.isEmpty)
    }
}
