import Aggregation
import Glibc
import Testing

@testable import Console

@Suite("Where the configuration is") struct ConfigurationFileTests {
    private let directory = TemporaryDirectory()

    private func write(_ name: String, _ text: String, mode: mode_t = 0o600) -> String {
        TemporaryDirectory.write(Array(text.utf8), to: directory.file(name))
        chmod(directory.file(name), mode)
        return directory.file(name)
    }

    @Test("it is looked for in the places of the XDG specification, then in /etc")
    func places() {
        let all = ["XDG_CONFIG_HOME": "/x", "HOME": "/h"]
        #expect(
            ConfigurationFile.places { all[$0] } == [
                "/x/podglass/config.toml", "/h/.config/podglass/config.toml", "/etc/podglass/config.toml",
            ])
        #expect(ConfigurationFile.places { _ in nil } == ["/etc/podglass/config.toml"])
        #expect(ConfigurationFile.places { ["XDG_CONFIG_HOME": "x", "HOME": ""][$0] } == ["/etc/podglass/config.toml"])
    }

    @Test("the first that exists counts; without any there is none")
    func first() throws {
        let second = write("b", "[classes.batch]\nseries = 7\n")
        let found = try #require(ConfigurationFile.find(in: [directory.file("a"), second + "/a", second, write("c", "x")]))
        #expect(found.path == second)
        #expect(try found.result.get().classes.first { $0.name == "batch" }?.series == 7)
        #expect(ConfigurationFile.find(in: [directory.file("a")]) == nil)
    }

    @Test("one that others may write is not used by itself, but is where it is named")
    func trust() throws {
        for mode in [0o620, 0o602, 0o666] as [mode_t] {
            let path = write("open", "", mode: mode)
            guard case .failure(.untrusted)? = ConfigurationFile.find(in: [path])?.result else {
                Issue.record("\(mode) is trusted")
                continue
            }
            #expect(try ConfigurationFile.read(path).isEmpty)
        }
    }

    @Test("a directory, a pipe, a missing or a huge file is refused with a sentence")
    func refusals() {
        mkfifo(directory.file("pipe"), 0o600)
        for (path, phrase) in [
            (directory.path, "is no file"), (directory.file("pipe"), "is no file"), (directory.file("none"), "cannot open"),
            (write("huge", String(repeating: "#", count: Configuration.fileSize + 1)), "more than 1 MiB"), ("/dev/zero", "is no file"),
        ] {
            do {
                _ = try ConfigurationFile.read(path)
                Issue.record("\(path) was read")
            } catch {
                #expect(error.sentence.contains(phrase) && error.sentence == error.sentence.printable, "\(error.sentence)")
            }
        }
        let full = write("full", String(repeating: "#", count: Configuration.fileSize))
        #expect(throws: Never.self) { try ConfigurationFile.read(full) }
    }
}
