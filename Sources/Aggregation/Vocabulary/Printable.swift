// The one place where text that was captured becomes text that may be shown. Names of cgroups, processes and files are
// chosen by whoever runs there: nothing of them reaches a terminal or a log but through `printable`.

extension String {
    /// The text with everything a terminal could obey or be misled by written out: control characters (C0, C1, DEL) as
    /// `\x1b`, bidirectional and invisible format characters, line separators and private-use scalars as `\u{202e}`.
    package var printable: String {
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return self }
        var result = ""
        for scalar in unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control:
                result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            case .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
