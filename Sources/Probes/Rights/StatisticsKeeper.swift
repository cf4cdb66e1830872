// The kernel's statistics of eBPF programs are switched on with CAP_SYS_ADMIN alone, again and again. So that the process that
// reads hostile bytes need not keep it, another one does, which reads none: started before everything else, confined by seccomp to
// this one call (Sources/CLinux/rights.c), it answers with a descriptor and ends with podglass.
//
// Started in the main thread before there is another; asked by the collector's. Without it the calling thread's rights decide.

import CLinux
import Glibc
import Synchronization

package enum StatisticsKeeper {
    private enum State {
        case absent
        case runs(socket: Int32, process: pid_t)
        /// It did not answer, or the kernel refused: it is not asked again.
        case silent
    }

    private static let state = Mutex(State.absent)

    /// Where this process may do what the keeper is for, and gives up its rights.
    package static func start() {
        guard Rights.isProgram, Rights.read().mayAdminister else { return }
        state.withLock { state in
            guard case .absent = state else { return }
            var process: pid_t = 0
            let socket = podglass_start_statistics_keeper(&process)
            state = socket >= 0 ? .runs(socket: socket, process: process) : .silent
        }
    }

    /// A descriptor that keeps the statistics on while it is open; negative where that is refused.
    static func switchOn() -> Int32 {
        state.withLock { state in
            switch state {
            case .absent: return podglass_ask_statistics_keeper(-1)
            case .silent: return -1
            case .runs(let socket, _):
                let descriptor = podglass_ask_statistics_keeper(socket)
                if descriptor < 0 {
                    // An answer that came too late would be taken for the next one's; the keeper ends with its socket.
                    close(socket)
                    state = .silent
                }
                return descriptor
            }
        }
    }
}
