// The program that is a model, as the configuration names it: words, no shell. Of podglass's environment it gets what a
// program needs to run; the rest may hold credentials. What else it wants, env(1) gives: ["env", "HF_HOME=/var/models", …].

import Aggregation
import Glibc

struct ModelCommand: Sendable, Hashable {
    static let inherited = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"]

    /// The program, found in PATH, and its arguments; never empty.
    let arguments: [String]
    let environment: [String: String]

    /// Nil without a program, or where a word has a zero byte, which would end it.
    init?(_ arguments: [String], environment: [String: String] = ModelCommand.ownEnvironment) {
        guard let program = arguments.first, !program.isEmpty else { return nil }
        guard arguments.allSatisfy({ !$0.utf8.contains(0) }) else { return nil }
        self.arguments = arguments
        self.environment = environment
    }

    static var ownEnvironment: [String: String] {
        var environment: [String: String] = [:]
        for name in inherited {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        return environment
    }
}

extension ModelProcess {
    /// As the configuration asks for it; nil where its command is none, or the system has no thread to give.
    convenience init?(_ model: Configuration.Model) {
        guard let command = ModelCommand(model.command) else { return nil }
        var budget = ModelBudget()
        budget.answerTimeout = model.timeout
        self.init(command, budget: budget)
    }
}
