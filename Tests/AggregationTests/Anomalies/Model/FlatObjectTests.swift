// What a model's process writes, read strictly: each kind of value, each mistake, and any bytes at all.

import Aggregation
import Testing

@Suite("One JSON object of plain values") struct FlatObjectTests {
    private func read(_ text: String) throws(FlatObject.Failure) -> FlatObject { try FlatObject(Array(text.utf8)[...]) }

    private func failure(_ text: String) -> FlatObject.Failure? {
        do { _ = try read(text) } catch { return error }
        return nil
    }

    @Test("values of each kind are read, with space wherever JSON allows it")
    func kinds() throws {
        let object = try read(" \t{ \"a\" : 1 ,\"b\":-2.5e-1,\"c\":\"x\",\"d\":true,\"e\":false,\"f\":null }\r")
        #expect(object.keys == ["a", "b", "c", "d", "e", "f"])
        #expect(object["a"] == .number(1, natural: 1))
        #expect(object["b"] == .number(-0.25, natural: nil))
        #expect(object["c"] == .text("x"))
        #expect(object["d"] == .bool(true))
        #expect(object["e"] == .bool(false))
        #expect(object["f"] == .null)
        #expect(object["g"] == nil)
        #expect(try read("{}").keys.isEmpty)
    }

    @Test("a 64-bit id is exact, and what is no whole number is none")
    func naturals() throws {
        #expect(try read(#"{"id":18446744073709551615}"#)["id"] == .number(Double(UInt64.max), natural: .max))
        #expect(try read(#"{"id":18446744073709551616}"#)["id"] == .number(18_446_744_073_709_551_616, natural: nil))
        #expect(try read(#"{"id":1.0}"#)["id"] == .number(1, natural: nil))
        #expect(try read(#"{"id":1e0}"#)["id"] == .number(1, natural: nil))
        #expect(try read(#"{"id":-1}"#)["id"] == .number(-1, natural: nil))
    }

    @Test(
        "texts are decoded, surrogate pairs too",
        arguments: [
            (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{c}\n\r\t"), (#""\u00e9é""#, "éé"), (#""\ud83d\ude00""#, "😀"), (#""\u0000""#, "\0"),
        ])
    func texts(json: String, text: String) throws {
        #expect(try read("{\"t\":\(json)}")["t"] == .text(text))
    }

    @Test(
        "what is nearly JSON is refused, and said",
        arguments: [
            ("", FlatObject.Failure.notAnObject), ("[]", .notAnObject), ("1", .notAnObject), ("{", .notAnObject), ("{}x", .notAnObject),
            ("{} {}", .notAnObject), (#"{"a":1,}"#, .notAnObject), (#"{"a" 1}"#, .notAnObject), (#"{a:1}"#, .notAnObject),
            (#"{"a":1 "b":2}"#, .notAnObject), (#"{"a":01}"#, .notAnObject), (#"{"a":{}}"#, .nested), (#"{"a":[1]}"#, .nested),
            (#"{"a":NaN}"#, .badWord), (#"{"a":Infinity}"#, .badWord), (#"{"a":nul}"#, .badWord),
            (#"{"a":}"#, .badWord),
            (#"{"a":+1}"#, .badWord), (#"{"a":.5}"#, .badWord), (#"{"a":"#, .badWord), (#"{"a":-}"#, .badNumber),
            (#"{"a":1.}"#, .badNumber),
            (#"{"a":1e}"#, .badNumber),
            (#"{"a":1e999}"#, .badNumber), (#"{"a":-Infinity}"#, .badNumber), (#"{"a":"x}"#, .badText), (#"{"a":"\x"}"#, .badText),
            (#"{"a":"\ud83d"}"#, .badText), (#"{"a":"\ude00"}"#, .badText), (#"{"a":"\u12"}"#, .badText), ("{\"a\":\"\t\"}", .badText),
            (#"{"a":1,"a":1}"#, .keyTwice), (#"{"a":1,"\u0061":1}"#, .keyTwice),
        ])
    func mistakes(text: String, expected: FlatObject.Failure) {
        #expect(failure(text) == expected, "\(text)")
    }

    @Test("bytes that are no UTF-8 are no text")
    func encoding() {
        for bytes: [UInt8] in [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80]] {
            let line = Array("{\"a\":\"".utf8) + bytes + Array("\"}".utf8)
            #expect(throws: FlatObject.Failure.badText) { try FlatObject(line[...]) }
        }
    }

    @Test("keys, texts and digits have their limits")
    func limits() throws {
        func object(_ count: Int) -> String { "{" + (0..<count).map { "\"k\($0)\":0" }.joined(separator: ",") + "}" }
        #expect(try read(object(FlatObject.memberLimit)).keys.count == FlatObject.memberLimit)
        #expect(failure(object(FlatObject.memberLimit + 1)) == .tooManyMembers)
        #expect(failure("{\"a\":\"\(String(repeating: "x", count: FlatObject.textLimit))\"}") == nil)
        #expect(failure("{\"a\":\"\(String(repeating: "x", count: FlatObject.textLimit + 1))\"}") == .tooLong)
        #expect(failure("{\"a\":1\(String(repeating: "0", count: FlatObject.textLimit + 1))}") == .tooLong)
    }

    @Test("an object cut or spoilt anywhere is read or refused, never more")
    func fuzz() {
        let whole = Array(#"{"id":17,"score":0.25e0,"name":"\u00e9\ud83d\ude00","x":null,"y":true,"low":-1.5}"#.utf8)
        var chance = SplitMix(seed: 7)
        for end in whole.indices { #expect(throws: FlatObject.Failure.self) { try FlatObject(whole[..<end]) } }
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &chance) {
                let place = Int.random(in: 0..<bytes.count, using: &chance)
                switch Int.random(in: 0..<3, using: &chance) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &chance)
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &chance)], at: place)
                }
            }
            // What is read has no number that JSON has not.
            guard let object = try? FlatObject(bytes[...]) else { continue }
            #expect(object.keys.count <= FlatObject.memberLimit)
            for key in object.keys { if case .number(let value, _)? = object[key] { #expect(value.isFinite) } }
        }
    }
}
