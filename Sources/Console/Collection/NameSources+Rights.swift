// The sources of names start without the rights that the probes are loaded with: on a thread that has given them up, so that no
// thread of the concurrency's pool or of NIO, all of which descend from it, ever has them.

import Cluster
import Glibc
import Probes

extension NameSources {
    /// Starts them while the caller keeps what it has.
    func startWithoutRights(hostRoot: String?) throws(Failure) {
        let needs = standingNeeds(Place.read(hostRoot: hostRoot))
        let thread = Thread {
            Rights.keep(needs)
            self.start()
        }
        guard let thread else { throw Failure("cannot start a thread; raise the limit of processes (ulimit -u)") }
        thread.join()
    }

    func standingNeeds(_ place: Place, isRoot: Bool = geteuid() == 0) -> Set<StandingNeed> {
        var needs: Set<StandingNeed> = []
        if place.root == "/proc/1/root" { needs.insert(.nodeFiles) }
        if !isRoot { needs.insert(.socket) }
        // A token and a certificate are read again when they were renewed.
        if names.contains(where: { ["kubelet", "API server"].contains($0) }) { needs.insert(.credentials) }
        return needs
    }
}
