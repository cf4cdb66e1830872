// What kernels lack is said once, in the catalogue; README and docs/kernels.md carry its table.

import Foundation
import Testing

@testable import Probes

@Suite struct KernelFeatureTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("README and docs/kernels.md carry the catalogue's table of features", arguments: ["README.md", "docs/kernels.md"])
    func table(path: String) throws {
        let text = try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
        #expect(text.contains(KernelFeature.markdown), "put this there:\n\(KernelFeature.markdown)")
    }

    @Test("docs/kernels.md names each word that PODGLASS_WITHOUT takes") func words() throws {
        let text = try String(contentsOf: Self.root.appendingPathComponent("docs/kernels.md"), encoding: .utf8)
        for feature in KernelFeature.allCases { #expect(text.contains("`\(feature.rawValue)`")) }
    }

    @Test("each kind of kernel is given programs of its own, and each program but one kind's is given to both") func kinds() {
        let (current, early) = (ProbeDefinition.all(isEarly: false), ProbeDefinition.all(isEarly: true))
        #expect(Set(current.map(\.program)).subtracting(early.map(\.program)) == ["old_listeners"])
        #expect(Set(early.map(\.program)).subtracting(current.map(\.program)) == ["sockets_gone"])
    }
}
