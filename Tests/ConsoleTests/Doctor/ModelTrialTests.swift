import Aggregation
import Testing

@testable import Console

@Suite("doctor asks the model", .serialized) struct ModelTrialTests {
    private func trial(_ script: String) -> SourceSample? {
        ModelTrial.run(Configuration.Model(command: ["/bin/sh", "-c", script], timeout: 1_000_000_000))
    }

    @Test("without a model there is nothing to tell")
    func none() { #expect(ModelTrial.run(nil) == nil) }

    @Test("one that answers works, and says how long it took")
    func answers() throws {
        let sample = try #require(
            trial(
                "echo '{\"podglass_model\":1,\"name\":\"flat\"}'; while read -r line; do case $line in *'\"id\":1'*) echo '{\"id\":1,\"score\":0}';; esac; done"
            ))
        #expect(sample.state == .works && sample.reason == nil && sample.place == "/bin/sh")
        #expect(sample.gave.hasPrefix("asked 1: 1 answered, 0 late, 0 lost; median ") && sample.gave.hasSuffix("; as flat"))
    }

    @Test("one that is not there, ends, or writes something else is said to")
    func fails() throws {
        let absent = try #require(ModelTrial.run(Configuration.Model(command: ["/nowhere/model"])))
        #expect(absent.state == .off && absent.reason?.contains("/nowhere/model") == true)
        let ended = try #require(trial("exit 3"))
        #expect(ended.state == .off && ended.reason?.contains("ended with status 3") == true)
        let noise = try #require(trial("while read -r line; do echo nonsense; done"))
        #expect(noise.state != .works && noise.reason?.contains("it has answered no question") == true)
    }
}
