internal import ArgumentParser

/// The options of everything that asks the usage graph.
struct GraphOptions: ParsableArguments {
    @Option(
        name: .customLong("param"),
        help: ArgumentHelp(
            "A parameter of the query, $name in its text; repeatable. The value is JSON, or else text as it is.",
            valueName: "name=value"))
    var parameters: [String] = []

    @Option(
        help: ArgumentHelp(
            "At most so many rows, 0 for all. Default: 100 in a table, all in JSON and CSV.", valueName: "rows"))
    var limit: Int?

    @Option(help: ArgumentHelp("For how long an answer is awaited.", valueName: "seconds"))
    var timeout: Int = 120

    @Flag(help: "Show charges as they are stored: whole numbers of 10⁻¹² US dollars.")
    var raw = false

    @OptionGroup(title: "Output") var format: FormatOptions
    @OptionGroup(title: "General") var global: GlobalOptions

    /// The rows of a table, unless said otherwise: more are for programs.
    private static let tableLimit = 100

    mutating func validate() throws {
        if let limit, limit < 0 { throw ValidationError("--limit must not be negative") }
        if !(1...86_400).contains(timeout) { throw ValidationError("--timeout must be from 1 to 86400 seconds") }
    }

    /// Runs a query and writes its answer.
    ///
    /// - Parameter defaults: Parameters that the command line may leave out.
    func run(_ cypher: String, defaults: [String: GraphParameter] = [:], context: CommandContext) async throws {
        let parameters = try GraphParameter.parse(parameters)
        let settings = try global.settings(context: context)
        guard let location = try Neo4jLocation(settings: settings) else {
            throw CommandError(
                "there is no graph: NEO4J_URI is not set",
                fix: "set NEO4J_URI, NEO4J_USER and NEO4J_PASSWORD; for usage in SQLite there is 'flowmeter usage'",
                status: .usage)
        }
        let limit = limit.map { $0 == 0 ? .max : $0 } ?? (format.json || format.csv ? .max : Self.tableLimit)
        var printer: GraphPrinter?
        let hasMore = try await GraphReader(location: location, timeout: .seconds(timeout)).run(
            cypher, parameters: defaults.merging(parameters, uniquingKeysWith: { $1 }), limit: limit,
            onColumns: { names in
                printer = try GraphPrinter(
                    columns: GraphColumn.columns(names, raw: raw), format: format, context: context)
            },
            onRow: { try printer?.add($0) })
        try printer?.finish()
        if hasMore { try global.note("note: there are more rows; raise --limit", context: context) }
    }
}
