// Pictures in files: a plane of text and a plane of style letters. RECORD=1 writes them, and then the test fails and says so.

import Foundation
import Testing

@testable import Views

enum Golden {
    static func picture(_ grid: Grid) -> String {
        var text = ""
        var styles = ""
        for y in 0..<grid.height {
            for x in 0..<grid.width {
                let cell = grid[x, y]
                styles.append(cell.style.letter)
                if cell.width == 0 { continue }
                text.unicodeScalars.append(cell.scalar)
                for mark in [cell.combining, cell.secondCombining] where mark != 0 {
                    if let mark = Unicode.Scalar(mark) { text.unicodeScalars.append(mark) }
                }
            }
            text += "|\n"
            styles += "|\n"
        }
        return text + "styles\n" + styles
    }

    static func check(_ grid: Grid, _ name: String, at location: SourceLocation = #_sourceLocation) {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Goldens/\(name).txt")
        let picture = picture(grid)
        let recorded = try? String(contentsOf: path, encoding: .utf8)
        if recorded == picture { return }
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            let written: Void? = try? picture.write(to: path, atomically: true, encoding: .utf8)
            Issue.record(
                written == nil ? "could not write \(path.path)" : "recorded \(name); look at it, then run without RECORD",
                sourceLocation: location)
        } else if let recorded {
            let old = recorded.split(separator: "\n", omittingEmptySubsequences: false)
            let new = picture.split(separator: "\n", omittingEmptySubsequences: false)
            let line = zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }
            let place = line.map { "line \($0.offset + 1)\n-\($0.element.0)\n+\($0.element.1)" } ?? "the number of lines"
            Issue.record("\(name) differs from its golden at \(place)", sourceLocation: location)
        } else {
            Issue.record("no golden \(name); run with RECORD=1", sourceLocation: location)
        }
    }
}
