// A configuration file: read or refused with lines and sentences, within its limits; the rules that it gives, spelled as a file, are read
// as the same rules.

@testable import Aggregation
@testable import Console

func fuzz(_ bytes: [UInt8]) {
    let configuration = bounded("reading") { Configuration(bytes) }
    let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 1
    for mistake in configuration.mistakes {
        check((0...lines).contains(mistake.line), "line \(mistake.line) of \(lines)")
        check(!mistake.sentence.isEmpty && !mistake.remedy.isEmpty, "nothing said of line \(mistake.line)")
        for line in mistake.lines(in: "x.toml") { checkShowable(line) }
    }
    let read = TOMLReader.read(bytes)
    check(read.mistakes.count <= TOMLReader.mistakes, "\(read.mistakes.count) mistakes of TOML")
    check(configuration.rules.count <= Limits.rules, "\(configuration.rules.count) rules")
    check(configuration.classes.count <= CardinalityClass.Bounds.classes, "\(configuration.classes.count) classes")
    if let model = configuration.model {
        check(model.command.first?.isEmpty == false && model.command.count <= Configuration.Model.words, "\(model.command)")
        check(Configuration.Model.timeouts.contains(model.timeout), "a timeout of \(model.timeout)")
    }
    checkSpelling(configuration.rules)
}

/// What `podglass rules` prints is a file that means the same.
private func checkSpelling(_ rules: [Rule]) {
    let shipped = Set(ShippedRules.rules.map { RulesText.toml([$0]) })
    let own = rules.filter { !shipped.contains(RulesText.toml([$0])) }
    guard !own.isEmpty else { return }
    let text = RulesText.toml(own)
    for line in text.split(separator: "\n") { checkShowable(String(line)) }
    let again = bounded("reading its own spelling") { Configuration(Array(text.utf8)) }
    check(again.mistakes.isEmpty, "its own spelling is refused: \(again.mistakes.flatMap { $0.lines(in: "own") })")
    let spelled = Set(again.rules.map { RulesText.toml([$0]) })
    for rule in own { check(spelled.contains(RulesText.toml([rule])), "another rule than \(RulesText.toml([rule]))") }
}
