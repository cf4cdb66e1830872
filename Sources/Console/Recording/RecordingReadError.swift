// Why a recording does not play, or not on. Each says what is wrong, where, and what would help, in one sentence.

import Aggregation

enum RecordingReadError: Error, Hashable {
    /// The file ends here, without its end mark.
    case truncated(name: String, at: UInt64)
    /// The block, or header, that begins here is not as it was written.
    case damaged(name: String, at: UInt64, why: String)
    case foreign(name: String)
    case newer(name: String, version: UInt16)
    case failed(SystemError)

    var sentence: String {
        switch self {
        case .truncated(let name, let place) where place < RecordingFormat.prefixBytes:
            "\(name.printable) is cut off at byte \(place), before the first event; copy it again from where it was recorded"
        case .truncated(let name, let place):
            "\(name.printable) is cut off at byte \(place); everything before that was played: it was copied in part, or podglass was killed while it recorded"
        case .damaged(let name, let place, let why):
            "\(name.printable) is damaged at byte \(place) (\(why)); everything before that was played: copy it again from where it was recorded"
        case .foreign(let name): "\(name.printable) is no recording of podglass; give a file that `podglass record -w` wrote"
        case .newer(let name, let version):
            "\(name.printable) has format \(version), and this podglass reads up to format \(RecordingFormat.version); replay it with the podglass that recorded it, or a newer one"
        case .failed(let error): error.sentence
        }
    }
}
