// `podglass completions SHELL`: a completion script on stdout.

import ArgumentParser

struct Completions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A completion script for your shell.",
        discussion: "For bash: podglass completions bash > /etc/bash_completion.d/podglass")

    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() {
        let script =
            switch shell {
            case .bash: CompletionShell.bash
            case .zsh: CompletionShell.zsh
            case .fish: CompletionShell.fish
            }
        Standard.output(Podglass.completionScript(for: script))
    }
}
