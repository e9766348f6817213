internal import ArgumentParser

/// `flowmeter graph run`: a query that comes with the program.
struct GraphRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run one of the queries that come with flowmeter.",
        discussion: """
            'flowmeter graph queries' lists them, with their parameters.

            EXAMPLES:
              flowmeter graph run cost-by-agent
              flowmeter graph run cost-by-agent --param days=7 --param customer=alice --json
              flowmeter graph run session-tokens --param sessionId=SESSION
            """)

    @Argument(
        help: ArgumentHelp("The query's name.", valueName: "name"), completion: .list(NamedQuery.all.map(\.name)))
    var name: String

    @OptionGroup var options: GraphOptions

    func run() async throws {
        let query = try NamedQuery.named(name)
        let given = Set(try GraphParameter.parse(options.parameters).keys)
        let known = Set(query.parameters.map(\.name))
        if let unknown = given.subtracting(known).sorted().first {
            throw CommandError(
                "\(name) has no parameter \(unknown)",
                fix: known.isEmpty
                    ? "leave it out" : "its parameters are \(known.sorted().joined(separator: ", "))", status: .usage)
        }
        if let missing = query.parameters.first(where: { $0.value == nil && !given.contains($0.name) }) {
            throw CommandError(
                "\(name) needs \(missing.name): \(missing.summary)", fix: "add --param \(missing.name)=…",
                status: .usage)
        }
        var defaults: [String: GraphParameter] = [:]
        for parameter in query.parameters { defaults[parameter.name] = parameter.value }
        try await options.run(query.cypher, defaults: defaults, context: .current)
    }
}
