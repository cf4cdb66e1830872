// Why nothing more is recorded. What was written before stays a recording that plays.

import Aggregation

enum RecordingWriteError: Error, Hashable {
    /// The file is there and may not be replaced.
    case exists(String)
    case failed(SystemError)

    var sentence: String {
        switch self {
        case .exists(let name): "\(name.printable) exists already; choose another name, or replace it with --force"
        case .failed(let error): error.sentence
        }
    }
}
