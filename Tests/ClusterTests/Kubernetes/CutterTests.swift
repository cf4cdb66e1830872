// Streams cut into lines and items: at every split, and when they are hostile.

import Testing

@testable import Cluster

struct CutterTests {
    private func lines(_ chunks: [String], limit: Int = LineCutter.limit) -> (lines: [String], refused: Int) {
        var (cutter, lines) = (LineCutter(limit: limit), [String]())
        for chunk in chunks { cutter.push(Array(chunk.utf8)) { lines.append(String(decoding: $0, as: UTF8.self)) } }
        return (lines, cutter.refused)
    }

    @Test("lines are the same however they are split; half a line is none")
    func splits() {
        let text = "one\n\ntwo\nthree"
        for first in 0...text.count {
            for second in first...text.count {
                let chunks = [text.prefix(first), text.prefix(second).dropFirst(first), text.dropFirst(second)].map(String.init)
                #expect(lines(chunks).lines == ["one", "two"])
            }
        }
    }

    @Test("a line that is too long is counted, and the next is read")
    func tooLong() {
        let (lines, refused) = lines(["aaaa", "aaaa", "aaaa\nbb\n", "cccccccccccc\ndd\n"], limit: 10)
        #expect(lines == ["bb", "dd"])
        #expect(refused == 2)
    }

    private func items(_ chunks: [String], limit: Int = ItemCutter.itemLimit) -> (items: [String], cutter: ItemCutter) {
        var (cutter, items) = (ItemCutter(itemLimit: limit), [String]())
        for chunk in chunks { cutter.push(Array(chunk.utf8)) { items.append(String(decoding: $0, as: UTF8.self)) } }
        return (items, cutter)
    }

    @Test("items are the same at every split, and what is around them is the envelope")
    func itemSplits() {
        let text =
            #"{"kind":"items","x":["y",{"items":[{}]}],"metadata":{"continue":"a\"]}"}, "items" : [ {"a":"}]\\"}, {"b":[{},{"items":[1]}]} ] ,"z":1}"#
        for first in 0...text.count {
            let (items, cutter) = items([String(text.prefix(first)), String(text.dropFirst(first))])
            #expect(items == [#"{"a":"}]\\"}"#, #"{"b":[{},{"items":[1]}]}"#])
            #expect(cutter.isWhole)
            #expect(
                String(decoding: cutter.envelope, as: UTF8.self)
                    == #"{"kind":"items","x":["y",{"items":[{}]}],"metadata":{"continue":"a\"]}"}, "items" : [] ,"z":1}"#)
        }
    }

    @Test("a cut list is not whole, an empty one is")
    func whole() {
        let text = #"{"items":[{"a":1}],"metadata":{}}"#
        for length in 0..<text.count { #expect(!items([String(text.prefix(length))]).cutter.isWhole) }
        #expect(items([#"{"items":null}"#]).cutter.isWhole)
        #expect(items([#"{"items":[]}"#]).cutter.isWhole)
        #expect(!items(["too many requests"]).cutter.isWhole)
    }

    @Test("too deep, too long and too much around is refused")
    func hostile() {
        #expect(items([String(repeating: "[", count: 1_000)]).cutter.isGarbled)
        #expect(items(["}"]).cutter.isGarbled)
        #expect(items([#"{"a":""# + String(repeating: "x", count: ItemCutter.envelopeLimit)]).cutter.isGarbled)
        let (items, cutter) = items([#"{"items":[{"a":"xxxxxxxxxxxxxxxxxxxx"},{"b":1}]}"#], limit: 16)
        #expect(items == [#"{"b":1}"#])
        #expect(cutter.refused == 1)
    }
}
