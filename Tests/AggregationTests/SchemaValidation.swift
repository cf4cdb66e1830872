// Validates JSON against the part of JSON Schema draft 2020-12 that SchemaDocument uses. A keyword it does not know is
// an error of its own, so that the document cannot outgrow its test.

@testable import Aggregation

struct SchemaValidation {
    let document: JSONValue

    /// What is wrong, each with its place; empty for a valid value.
    func errors(_ value: JSONValue) -> [String] { errors(value, against: document, at: "$") }

    private func errors(_ value: JSONValue, against schema: JSONValue, at place: String) -> [String] {
        schema.members.flatMap { member -> [String] in
            switch member.key {
            case "$schema", "$id", "$defs", "title", "description": return []
            case "$ref":
                let name = member.value.string?.split(separator: "/").last.map(String.init) ?? ""
                guard let target = document["$defs"]?[name] else { return ["\(place): no definition \(name)"] }
                return errors(value, against: target, at: place)
            case "oneOf":
                let results = member.value.elements.map { errors(value, against: $0, at: place) }
                let matching = results.count { $0.isEmpty }
                return matching == 1 ? [] : ["\(place): \(matching) of oneOf match"] + (results.min { $0.count < $1.count } ?? [])
            case "const": return value == member.value ? [] : ["\(place): not \(member.value)"]
            case "enum": return member.value.elements.contains(value) ? [] : ["\(place): \(value) not in the enumeration"]
            case "type":
                let types = member.value.string.map { [$0] } ?? member.value.elements.compactMap(\.string)
                return types.contains { matches(value, type: $0) } ? [] : ["\(place): \(value) is no \(types)"]
            case "minimum":
                guard case .integer(let least) = member.value, case .integer(let number) = value else { return [] }
                return number >= least ? [] : ["\(place): below \(least)"]
            case "format": return value.string.map { isDateTime($0) ? [] : ["\(place): \($0) is no date-time"] } ?? []
            case "items": return value.elements.flatMap { errors($0, against: member.value, at: place + "[]") }
            case "required":
                guard case .object = value else { return [] }
                return member.value.elements.compactMap(\.string).filter { value[$0] == nil }.map { "\(place): no \($0)" }
            case "properties":
                return member.value.members.flatMap { property in
                    value[property.key].map { errors($0, against: property.value, at: place + "." + property.key) } ?? []
                }
            case "additionalProperties":
                let known = schema["properties"]?.members.map(\.key) ?? []
                return value.members.filter { !known.contains($0.key) }.flatMap {
                    errors($0.value, against: member.value, at: place + "." + $0.key)
                }
            default: return ["\(place): the validator does not know \(member.key)"]
            }
        }
    }

    private func matches(_ value: JSONValue, type: String) -> Bool {
        switch (value, type) {
        case (.null, "null"), (.bool, "boolean"), (.integer, "integer"), (.integer, "number"), (.number, "number"), (.string, "string"),
            (.array, "array"), (.object, "object"):
            true
        default: false
        }
    }

    private func isDateTime(_ text: String) -> Bool {
        let shape = text.map { $0.isASCII && $0.isNumber ? "0" : String($0) }.joined()
        return shape == "0000-00-00T00:00:00.000000000Z"
    }
}
