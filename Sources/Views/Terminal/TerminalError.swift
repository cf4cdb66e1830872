// Why no screen can be opened, in one sentence with its remedy.

import Aggregation

package enum TerminalError: Error, Sendable, Hashable {
    case noTerminal
    case unset
    case unknown(String)
    case dumb(String)
    case failed(String)

    package var message: String {
        switch self {
        case .noTerminal:
            "no terminal to draw on; run podglass from a terminal (ssh -t, kubectl debug -it), or use podglass top -o json"
        case .unset: "TERM is not set; set it to your terminal's type, for example TERM=xterm-256color"
        case .unknown(let name):
            "TERM=\(name.printable) is not in this machine's terminfo; set one it knows, for example TERM=xterm-256color or TERM=linux"
        case .dumb(let name):
            "TERM=\(name.printable) cannot place the cursor; set a type that can, for example TERM=xterm-256color, or use podglass top -o table"
        case .failed(let name):
            "the terminal (TERM=\(name.printable)) could not be opened; try TERM=xterm-256color, or podglass top -o table"
        }
    }
}
