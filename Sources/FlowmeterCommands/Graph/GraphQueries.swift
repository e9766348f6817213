internal import ArgumentParser

/// `flowmeter graph queries`: the queries that come with the program.
struct GraphQueries: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queries",
        abstract: "List the queries that come with flowmeter, or show one.",
        discussion: """
            EXAMPLES:
              flowmeter graph queries
              flowmeter graph queries cost-by-agent
              flowmeter graph queries --json
            """)

    @Argument(
        help: ArgumentHelp("Show the text of this query.", valueName: "name"),
        completion: .list(NamedQuery.all.map(\.name)))
    var name: String?

    @Flag(help: "Write JSON.")
    var json = false

    func run() async throws {
        let context = CommandContext.current
        let queries = try name.map { (name) throws(CommandError) in [try NamedQuery.named(name)] } ?? NamedQuery.all
        if json {
            try context.output.write(try JSONText.document(queries))
        } else if name != nil {
            for query in queries { try context.output.write(query.text) }
        } else {
            let table = Table(
                columns: [
                    Table.Column("NAME", .text), Table.Column("SHOWS", .text, minimumWidth: 30),
                    Table.Column("PARAMETERS", .text, minimumWidth: 12),
                ],
                rows: queries.map { [$0.name, $0.summary, $0.parameters.map(\.description).joined(separator: " ")] })
            try context.output.write(table.rendered(width: context.output.columns, style: context.style))
        }
    }
}
