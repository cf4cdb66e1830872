// `podglass top TABLE [QUERY]`: one table, refreshed.

import Aggregation
import ArgumentParser
import Glibc

struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "One table, refreshed each interval.",
        discussion: """
            Tables: \(Schema.all.map(\.name).joined(separator: ", ")).

            \(Schema.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))

            The query filters rows: podglass top flows 'namespace=shop and rtt>1ms'. Words are the fields' names in the JSON, or the
            short ones that the console's help lists. Labels are asked by their key: label:app=web, peerlabel:app~^w.
            """)

    @Argument(help: ArgumentHelp("Which table.", valueName: "table"))
    var table: String

    @Argument(help: "What to show: words, comparisons, and, or, not, parentheses.")
    var query: [String] = []

    @Option(name: .shortAndLong, help: "table, json or csv; json where stdout is no terminal.")
    var output: LineFormat?

    @Option(help: ArgumentHelp("Stop after so many intervals.", valueName: "n"))
    var count: Int?

    @Option(help: ArgumentHelp("Sort by a field, the largest number or the first text first.", valueName: "field"))
    var sort: String?

    @Flag(help: "Sort the other way round.")
    var reverse = false

    @Option(help: ArgumentHelp("Show so many rows at most.", valueName: "n"))
    var limit: Int?

    @OptionGroup var filter: FilterOptions
    @OptionGroup var node: NodeOptions

    func run() throws {
        let table = try self.tableToPrint()
        try LineLoop(source: .live(node.collector()), tables: [table], format: output ?? .standard, count: count).run()
    }

    /// Checks everything that the user wrote before anything is loaded.
    func tableToPrint() throws -> LineLoop.Table {
        if let count, count < 1 { throw Failure("--count takes a number from 1", status: Failure.wrongUsage) }
        if let limit, limit < 1 { throw Failure("--limit takes a number from 1", status: Failure.wrongUsage) }
        return try LineLoop.Table(
            named: table, query: query.joined(separator: " "), filter: filter, sort: sort, descending: !reverse, limit: limit)
    }
}

extension LineLoop.Table {
    /// A table as the user asked for it; what does not fit is said with what would.
    init(
        named name: String, query: String, filter: FilterOptions? = nil, sort: String? = nil, descending: Bool = true, limit: Int? = nil
    ) throws(Failure) {
        guard let schema = Schema.named(name) else {
            throw Failure(
                "there is no table \"\(name)\"; the tables are \(Schema.all.map(\.name).joined(separator: ", "))",
                status: Failure.wrongUsage)
        }
        if let sort, schema.field(sort) == nil {
            throw Failure(
                "the table \(schema.name) has no field \"\(sort)\" to sort by; its fields are \(schema.fields.map(\.word).joined(separator: ", "))",
                status: Failure.wrongUsage)
        }
        let parsed = try FilterOptions.parse(query, narrowedTo: filter?.wanted ?? [], schema: schema)
        self.init(
            schema: schema, listing: Listing(schema: schema, query: parsed, sort: sort, descending: descending, limit: limit))
    }
}

/// The filters that every Kubernetes tool has.
struct FilterOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("Only this namespace.", valueName: "namespace"))
    var namespace: String?

    @Option(help: ArgumentHelp("Only this pod.", valueName: "pod"))
    var pod: String?

    @Flag(name: [.customShort("A"), .long], help: "All namespaces, which is what you get without -n.")
    var allNamespaces = false

    /// What the options ask for, by query word.
    var wanted: [(word: String, text: String)] {
        var wanted: [(word: String, text: String)] = []
        if let namespace, !allNamespaces { wanted.append(("namespace", namespace)) }
        if let pod { wanted.append(("pod", pod)) }
        return wanted
    }

    /// The options and the query as one query. The options' texts are never read as one, so that they cannot say more than
    /// they are; a mistake is shown in the text that the user wrote.
    static func parse(_ text: String, narrowedTo wanted: [(word: String, text: String)], schema: Schema) throws(Failure) -> Query? {
        do throws(QueryError) {
            let query = try Query.parse(text, schema: schema).narrowed(to: wanted, schema: schema)
            return query.matchesAll ? nil : query
        } catch {
            throw Failure("the query does not read:\n" + error.lines(for: text).joined(separator: "\n"), status: Failure.wrongUsage)
        }
    }
}

enum LineFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, csv

    /// A person at a terminal reads a table, a program in a pipe reads JSON.
    static var standard: LineFormat { isatty(STDOUT_FILENO) == 1 ? .table : .json }
}
