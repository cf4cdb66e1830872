// Gives up what is not needed any more. Capabilities belong to a thread, and a thread begins with those of the one that made
// it (capabilities(7)): so each thread gives up its own, and those that it makes later never had more. What is attached stays
// attached: the kernel asks for rights when something is loaded, not while it runs.
//
// Only the program gives up anything: a test's process, which runs other tests after one, does not.

import CLinux
import Glibc
import Synchronization

extension Rights {
    private struct Giving {
        var isProgram = false
        var refusals: [String] = []
    }

    private static let giving = Mutex(Giving())

    /// Before any thread is made: from now on nothing that this process starts gains a right, and no core of it is written,
    /// because what was captured stands in its memory.
    package static func begin() {
        giving.withLock { $0.isProgram = true }
        note(podglass_forbid_new_privileges(), "no_new_privs")
        note(podglass_forbid_dumps(), "leaving out cores")
    }

    /// The calling thread keeps what `needs` ask for, as far as it has it, and nothing else.
    package static func keep(_ needs: Set<StandingNeed>) {
        guard isProgram else { return }
        note(podglass_keep_capabilities(needs.keeps.rawValue), "giving up capabilities")
    }

    static var isProgram: Bool { giving.withLock { $0.isProgram } }

    /// What the kernel did not let go, for `doctor`; podglass goes on with it.
    package static var refusals: [String] { giving.withLock { $0.refusals } }

    private static func note(_ code: Int32, _ what: String) {
        guard code != 0 else { return }
        let refusal = "the kernel refuses \(what): \(ProbeError.text(of: code))"
        giving.withLock { if !$0.refusals.contains(refusal) { $0.refusals.append(refusal) } }
    }
}
