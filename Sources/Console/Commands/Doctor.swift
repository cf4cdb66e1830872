// `podglass doctor`: what this node lets us see.

import Aggregation
import ArgumentParser
import Glibc
import Probes

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What this node lets podglass see: each signal, why not, and the fix.",
        discussion: "Ends with 0 where everything that matters works, 1 where something is off, 77 where nothing may be observed.")

    @Option(name: .shortAndLong, help: "table or json.")
    var output: Form?

    enum Form: String, ExpressibleByArgument, CaseIterable { case table, json }

    @OptionGroup var root: RootOption

    func run() throws {
        do throws(ProbeError) { try ObservationRight.check() } catch { throw Failure(error) }
        let probes: NodeProbes
        do { probes = try NodeProbes(hostRoot: root.hostRoot) } catch { throw Failure(error) }
        var samples: [ProbeSample] = []
        do throws(ProbeError) {
            try probes.collect { event in
                if case .probe(let sample) = event { samples.append(sample) }
            }
        } catch {
            throw Failure(error)
        }
        let findings = Diagnosis.all(samples, probes.identityReport)
        switch output ?? (isatty(STDOUT_FILENO) == 1 ? .table : .json) {
        case .json: printJSON(findings, probes.node)
        case .table: printTable(findings, probes.node)
        }
        if findings.contains(where: { $0.state == .off }) { throw ExitCode(1) }
    }

    private func printJSON(_ findings: [Diagnosis], _ node: Node) {
        for finding in findings {
            var line = JSONWriter()
            line.beginObject()
            JSONLine.header(type: "signal", time: Clock.now().wall, to: &line)
            line.key("node")
            line.string(node.name)
            line.key("kernel")
            line.string(node.kernel)
            line.key("signal")
            line.string(finding.signal)
            line.key("state")
            line.string(finding.state.rawValue)
            line.key("source")
            line.string(finding.source)
            line.key("reason")
            if let reason = finding.reason { line.string(reason) } else { line.null() }
            line.endObject()
            print(String(decoding: line.bytes, as: UTF8.self))
        }
    }

    private func printTable(_ findings: [Diagnosis], _ node: Node) {
        print("\(node.name.printable), Linux \(node.kernel.printable)\n")
        let width = findings.map(\.signal.count).max() ?? 0
        for finding in findings {
            let signal = finding.signal + String(repeating: " ", count: width - finding.signal.count)
            let state = finding.state.rawValue + String(repeating: " ", count: 9 - finding.state.rawValue.count)
            print("\(state) \(signal)  \(finding.source.printable)")
            if let reason = finding.reason { print("          \(reason.printable)") }
        }
    }
}
