internal import ArgumentParser

/// `flowmeter graph query`: a query of one's own.
struct GraphQuery: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Run a Cypher query that only reads.",
        discussion: """
            A column whose name ends with "charge" is shown as an exact amount in US dollars, when it holds whole numbers \
            of 10⁻¹² US dollars as the graph does; --raw shows what is stored.

            EXAMPLES:
              flowmeter graph 'MATCH (s:Session) RETURN s.id, s.messages, s.charge AS charge ORDER BY charge DESC LIMIT 5'
              flowmeter graph query 'MATCH (m:Message {id: $id}) RETURN m' --param id=msg_01 --json
            """)

    @Argument(help: ArgumentHelp("The query; - reads it from standard input.", valueName: "cypher"))
    var cypher: String

    @OptionGroup var options: GraphOptions

    func run() async throws {
        try await options.run(cypher == "-" ? StandardInput.text() : cypher, context: .current)
    }
}
