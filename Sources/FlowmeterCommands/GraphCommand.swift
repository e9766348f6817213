internal import ArgumentParser

/// `flowmeter graph`: asks the usage graph in Neo4j.
struct GraphCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Ask the usage graph in Neo4j, by Cypher of your own or by one of the queries that come along.",
        discussion: """
            Needs NEO4J_URI. It only reads: what could change something is refused, and every query runs in a transaction \
            for reading that is rolled back.

            EXAMPLES:
              flowmeter graph queries
              flowmeter graph run cost-by-agent --param days=7
              flowmeter graph 'MATCH (c:Customer)-[:HAS_SESSION]->(s) RETURN c.id, count(s)'
            """,
        subcommands: [GraphQuery.self, GraphRun.self, GraphQueries.self],
        defaultSubcommand: GraphQuery.self)
}
