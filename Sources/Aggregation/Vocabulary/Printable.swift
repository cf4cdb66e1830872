// The one place where text that was captured becomes text that may be shown. Names of cgroups, processes and files are
// chosen by whoever runs there, targets and answers by whoever sends: nothing of them reaches a terminal or a log but through
// `printable`, or through JSONWriter and Grid, which ask the same `misleadsTerminal`. EscapeTests holds that.

extension Unicode.Scalar {
    /// What a terminal could obey or a reader be misled by: control characters (C0, C1, DEL), bidirectional and other format
    /// characters, line separators, whatever is drawn as nothing, private-use scalars, and those that do not exist.
    package var misleadsTerminal: Bool {
        if value < 0x7f { return value < 0x20 }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: return true
        // Letters and marks without a shape, which would make two names look like one.
        default: return properties.isDefaultIgnorableCodePoint
        }
    }
}

extension String {
    /// The text with everything that `misleadsTerminal` written out: control characters as `\x1b`, the rest as `\u{202e}`.
    package var printable: String {
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return self }
        var result = ""
        for scalar in unicodeScalars {
            if !scalar.misleadsTerminal {
                result.unicodeScalars.append(scalar)
            } else if scalar.value < 0xa0 {
                result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            } else {
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }
        return result
    }
}
