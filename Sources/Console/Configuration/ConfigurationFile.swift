// Where the configuration is, and reading it: the file that was named, else the first that there is. Never written. A file that is
// found by itself counts only where nobody but root and this user can have written it: it may name a command.

import Aggregation
import Glibc

enum ConfigurationFile {
    enum Problem: Error, Equatable {
        case system(SystemError)
        case noFile(String)
        case tooLarge(String)
        case untrusted(String)

        var sentence: String {
            switch self {
            case .system(let error): error.sentence
            case .noFile(let path): "\(path.printable) is no file; give one that can be read from start to end"
            case .tooLarge(let path): "\(path.printable) has more than 1 MiB; a configuration is smaller"
            case .untrusted(let path):
                "\(path.printable) is not used, because others than root and this user may write it; chown and chmod go-w it, or name it with --config"
            }
        }
    }

    static func read(_ path: String, mustBeTrusted: Bool = false) throws(Problem) -> [UInt8] {
        let (status, bytes) = try open(path)
        guard status.st_mode & S_IFMT == S_IFREG else { throw .noFile(path) }
        let isForeign = status.st_uid != 0 && status.st_uid != geteuid()
        if mustBeTrusted, isForeign || status.st_mode & (S_IWGRP | S_IWOTH) != 0 { throw .untrusted(path) }
        guard bytes.count <= Configuration.fileSize else { throw .tooLarge(path) }
        return bytes
    }

    /// What it is, and where it is a file, its first bytes: one more than it may have.
    private static func open(_ path: String) throws(Problem) -> (status: stat, bytes: [UInt8]) {
        do throws(SystemError) {
            // Not to wait for whoever writes into a pipe.
            let file = try Descriptor(opening: path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
            var status = stat()
            let number = file.number
            _ = try Descriptor.call("read", path) { Int(fstat(number, &status)) }
            guard status.st_mode & S_IFMT == S_IFREG else { return (status, []) }
            return (status, try file.read(count: Configuration.fileSize + 1))
        } catch {
            throw .system(error)
        }
    }

    /// Where it is looked for, the first that exists is used.
    static func places(_ environment: (String) -> String?) -> [String] {
        let name = "/podglass/config.toml"
        var places: [String] = []
        // As the XDG base directory specification has it: what is not absolute is ignored.
        if let home = environment("XDG_CONFIG_HOME"), home.hasPrefix("/") { places.append(home + name) }
        if let home = environment("HOME"), home.hasPrefix("/") { places.append(home + "/.config" + name) }
        return places + ["/etc" + name]
    }

    /// Whether nobody knows of a file there: none is, or it is in a directory into which this user may not look, as where HOME is still
    /// root's. What is there and cannot be read is no such case.
    private static func isNone(_ path: String, _ code: Int32) -> Bool {
        var status = stat()
        return code == ENOENT || code == ENOTDIR || code == EACCES && stat(path, &status) != 0 && errno == EACCES
    }

    /// The first file of `places`, and its configuration; nil where there is none.
    static func find(in places: [String]) -> (path: String, result: Result<Configuration, Problem>)? {
        for path in places {
            do throws(Problem) {
                return (path, .success(Configuration(try read(path, mustBeTrusted: true))))
            } catch {
                if case .system(let error) = error, isNone(path, error.code) { continue }
                return (path, .failure(error))
            }
        }
        return nil
    }
}
