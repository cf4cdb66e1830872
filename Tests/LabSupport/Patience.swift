// How long tests wait before they give up, times PODGLASS_TEST_PATIENCE: on a machine that is emulated everything takes ten to
// twenty times as long (`make test-kernels`). It stretches deadlines only; what is compared, and how exactly, stays as it is.

import Foundation

package enum Patience {
    /// 1 where the variable is not set; never less.
    package static let factor: Int = {
        let said = ProcessInfo.processInfo.environment["PODGLASS_TEST_PATIENCE"].flatMap { Int($0) } ?? 1
        return min(max(said, 1), 100)
    }()
}

extension Duration {
    /// This long on a machine of its own, longer on a slow one.
    package var patient: Duration { self * Patience.factor }
}
