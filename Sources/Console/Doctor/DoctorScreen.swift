// The report on one screen of 80×24: signals that belong together on one line, reasons wrapped below what they explain.

import Aggregation
import Probes

struct DoctorScreen {
    var report: DoctorReport
    /// Cells a line.
    var width: Int

    private static let stateWidth = 10
    private static let nameWidth = 21
    private static let topicWidth = 33

    var lines: [String] {
        var lines = wrapped(
            "\(report.node.name.printable), Linux \(report.node.kernel.printable), \(report.place.sentence.printable)", by: 0)
        if let limitation = report.place.limitation { lines += wrapped(limitation.printable, by: DoctorScreen.stateWidth) }
        lines.append("")
        lines += signals
        lines.append("")
        for sample in Ladder.complete(report.sources) { lines += rung(Diagnosis(sample)) }
        let rights = self.rights
        if !rights.isEmpty { lines += [""] + rights }
        return lines
    }

    /// A line a topic; one that is off in part is degraded, and says why with its first reason.
    private var signals: [String] {
        if let failure = report.failure {
            let missing = report.rights.missing.filter(\.isEssential)
            return entry(.off, "all that eBPF sees", missing.isEmpty ? failure.sentence : "missing: " + Rights.list(missing))
        }
        return ProbeTopic.allCases.flatMap { topic -> [String] in
            let probes = Diagnosis.programs(report.probes).filter { ProbeTopic(program: $0.name) == topic }
            let lesser = probes.filter { Diagnosis.state($0) != .works }
            guard !probes.isEmpty else { return [] }
            let state: Diagnosis.State =
                lesser.isEmpty
                ? .works : lesser.count == probes.count && lesser.allSatisfy { Diagnosis.state($0) == .off } ? .off : .degraded
            let isRight = topic == .requests && !report.rights.has(.networkAdministration)
            return entry(
                state, topic.rawValue,
                lesser.first.map { isRight ? "CAP_NET_ADMIN is missing" : $0.reason ?? "it is \($0.state.name)" }, isShort: true)
        }
    }

    /// `isShort` leaves out what follows from the reason where that saves a line.
    private func entry(_ state: Diagnosis.State, _ name: String, _ reason: String?, isShort: Bool = false) -> [String] {
        let head = padded(state.rawValue, to: DoctorScreen.stateWidth) + name
        guard let reason = reason?.printable else { return [head] }
        let whole = padded(head, to: DoctorScreen.stateWidth + DoctorScreen.topicWidth) + reason
        if whole.count <= width { return [whole] }
        let clause = whole.prefix { $0 != ";" }
        if isShort, clause.count < whole.count, clause.count <= width { return [String(clause)] }
        return [head] + wrapped(reason, by: DoctorScreen.stateWidth)
    }

    /// What it gave and where, as far as there is room; else why not.
    private func rung(_ finding: Diagnosis) -> [String] {
        let head =
            padded(finding.state.rawValue, to: DoctorScreen.stateWidth) + padded(finding.signal.printable, to: DoctorScreen.nameWidth)
        let room = max(1, width - DoctorScreen.stateWidth - DoctorScreen.nameWidth)
        let reason = finding.reason?.printable
        if finding.gave.isEmpty, let reason, reason.count <= room { return [head + reason] }
        let told = [finding.gave, finding.source].filter { !$0.isEmpty }.map(\.printable)
        let fitting = [told.joined(separator: ", "), told.first ?? ""].first { $0.count <= room }
        return [head + (fitting ?? String((told.first ?? "").prefix(room - 1)) + "…")]
            + (reason.map { wrapped($0, by: DoctorScreen.stateWidth) } ?? [])
    }

    /// Which rights are missing, and how they are given.
    private var rights: [String] {
        let missing = report.rights.missing
        guard !missing.isEmpty else { return [] }
        return missing.map { capability in
            padded(capability.isEssential ? "off" : "degraded", to: DoctorScreen.stateWidth)
                + padded(capability.name, to: DoctorScreen.nameWidth) + capability.loss
        } + wrapped(Rights.shortRemedy, by: DoctorScreen.stateWidth)
    }

    private func padded(_ text: String, to width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }

    /// `text` in lines of the screen's width, each indented.
    private func wrapped(_ text: String, by indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        let room = max(20, width - indent)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > room {
                lines.append(margin + line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
            // A word longer than a line: a path, the list of capabilities.
            while line.count > room {
                lines.append(margin + line.prefix(room))
                line.removeFirst(room)
            }
        }
        return line.isEmpty ? lines : lines + [margin + line]
    }
}
