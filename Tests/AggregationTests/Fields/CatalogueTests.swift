import Testing

@testable import Aggregation

/// Holds every field of every table to what JSON, queries and screens rely on.
@Suite struct CatalogueTests {
    static let schemas = Schema.all + [.symptoms]

    @Test("The bare stream has every table but the details of others' rows")
    func streamed() {
        #expect(Set(Schema.all.map(\.name)).subtracting(Schema.streamed.map(\.name)) == ["exchanges", "cardinality"])
        #expect(Schema.named("exchanges") != nil && Schema.streamed.contains { $0.name == "sources" })
    }

    @Test("Words and keys name one field each")
    func unique() {
        for schema in CatalogueTests.schemas {
            #expect(Set(schema.fields.map(\.word)).count == schema.fields.count, "\(schema.name)")
            #expect(Set(schema.fields.map(\.key)).count == schema.fields.count, "\(schema.name)")
            for field in schema.fields {
                // A key that is another field's word would be unreachable.
                #expect(
                    schema.field(field.word)?.word == field.word && schema.field(field.key)?.word == field.word,
                    "\(schema.name).\(field.key)")
            }
        }
    }

    @Test("Words are plain words of the query language, and keys are snake_case")
    func spelling() {
        for field in CatalogueTests.schemas.flatMap(\.fields) {
            #expect(!field.word.isEmpty && field.word.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber) }, "\(field.word)")
            #expect(field.key.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") }, "\(field.key)")
            #expect(!Keyword.all.contains(field.word) && field.word != "marks")
        }
    }

    @Test("A key carries its unit where the type does not")
    func units() {
        for field in CatalogueTests.schemas.flatMap(\.fields) {
            switch field.unit {
            case .nanoseconds: #expect(field.key.hasSuffix("_ns"), "\(field.key)")
            case .bytes: #expect(field.key.contains("bytes"), "\(field.key)")
            case .bytesPerSecond: #expect(field.key.hasSuffix("bytes_per_second"), "\(field.key)")
            case .perSecond: #expect(field.key.hasSuffix("per_second"), "\(field.key)")
            // Pressure is a share wherever the kernel speaks of it.
            case .ratio: #expect(field.key.hasSuffix("_ratio") || field.key == "memory_pressure", "\(field.key)")
            case .none, .scalar, .count: break
            }
        }
    }

    @Test("Every table starts sorted by one of its numbers, if by anything, and explains itself in sentences")
    func tables() {
        for schema in CatalogueTests.schemas {
            if !schema.defaultSort.isEmpty { #expect(schema.field(schema.defaultSort)?.isNumber == true, "\(schema.name)") }
            #expect(schema.summary.hasSuffix("."))
            for field in schema.fields {
                #expect(field.explanation.hasSuffix("."), "\(schema.name).\(field.word)")
                if let column = field.column { #expect(column.minimum <= column.maximum && (1...9).contains(column.importance)) }
            }
            #expect(Schema.named(schema.name)?.type == (schema.name == "symptoms" ? nil : schema.type))
        }
    }

    @Test("A row whose value cannot be observed here says so in its marks, and nothing else does")
    func blindness() {
        for refused in [nil, "drops", "resets", "resets_received"] as [String?] {
            var tables = Shop.tables
            tables.probes = ["drops", "resets", "resets_received"].map { name in
                ProbeRow(sample: ProbeSample(name: name, hook: "", state: name == refused ? .refused : .attached, signal: name))
            }
            for schema in CatalogueTests.schemas {
                for row in schema.rows(tables).map(Int.init) {
                    let blind = schema.fields.filter { if case .unobservable = $0.value(tables, row) { true } else { false } }
                    #expect(schema.marks(tables, row).contains(.unobservable) == !blind.isEmpty, "\(schema.name) without \(refused ?? "")")
                    #expect(blind.allSatisfy { $0.value(tables, row).reason?.contains(refused ?? "") == true })
                }
            }
            #expect(Schema.flows.marks(tables, 0).contains(.unobservable) == (refused != nil))
        }
    }

    @Test("Every field reads every row, of its own kind or missing with a reason")
    func values() {
        for schema in CatalogueTests.schemas {
            for row in schema.rows(Shop.tables) {
                for field in schema.fields {
                    switch (field.value(Shop.tables, Int(row)), field.kind) {
                    case (.text, .text), (.text, .code), (.boolean, .boolean), (.list, .list), (.time, .time), (.integer, .number),
                        (.number, .number):
                        break
                    case (.missing(let reason), _), (.unobservable(let reason), _): #expect(!reason.isEmpty)
                    case (let value, let kind): Issue.record("\(schema.name).\(field.word) is \(kind) and says \(value)")
                    }
                }
            }
        }
    }
}
