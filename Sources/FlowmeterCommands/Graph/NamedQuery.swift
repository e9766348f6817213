/// A query that comes with the program: a file of `Queries/`.
///
/// The comments at its beginning describe it: `// What it shows.`, then one line for each parameter, `// $days = 30: what
/// it means`, or `// $sessionId: what it means` when it has to be given.
struct NamedQuery: Sendable, Hashable {
    /// A parameter of a query.
    struct Parameter: Sendable, Hashable {
        var name: String
        var summary: String
        /// What holds when it is not given, as text; `nil` when it has to be.
        var defaultText: String?

        /// What holds when it is not given.
        var value: GraphParameter? { defaultText.map { GraphParameter(text: $0) } }
        /// `days=30`, or `sessionId=…`.
        var description: String { "\(name)=\(defaultText ?? "…")" }
    }

    /// The name on the command line.
    var name: String
    /// What it shows.
    var summary: String
    var parameters: [Parameter]
    /// The query without its description.
    var cypher: String
    /// The file as it is.
    var text: String

    /// All of them, by name.
    static let all = [
        NamedQuery("busiest-hours", PackageResources.busiest_hours_cypher),
        NamedQuery("cache-hit-ratio", PackageResources.cache_hit_ratio_cypher),
        NamedQuery("cost-by-agent", PackageResources.cost_by_agent_cypher),
        NamedQuery("cost-by-customer", PackageResources.cost_by_customer_cypher),
        NamedQuery("cost-by-key", PackageResources.cost_by_key_cypher),
        NamedQuery("cost-by-model", PackageResources.cost_by_model_cypher),
        NamedQuery("cost-by-tool", PackageResources.cost_by_tool_cypher),
        NamedQuery("costliest-sessions", PackageResources.costliest_sessions_cypher),
        NamedQuery("open-questions", PackageResources.open_questions_cypher),
        NamedQuery("session-messages", PackageResources.session_messages_cypher),
        NamedQuery("session-tokens", PackageResources.session_tokens_cypher),
    ]

    /// The query of a name.
    static func named(_ name: String) throws(CommandError) -> NamedQuery {
        guard let query = all.first(where: { $0.name == name }) else {
            throw CommandError(
                "there is no query '\(name)'", fix: "'flowmeter graph queries' lists them", status: .usage)
        }
        return query
    }

    private init(_ name: String, _ bytes: [UInt8]) { self.init(name, text: String(decoding: bytes, as: UTF8.self)) }

    /// Reads a query with its description.
    init(_ name: String, text: String) {
        self.name = name
        self.text = text
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let header = lines.prefix { $0.hasPrefix("// ") }.map { $0.dropFirst(3) }
        summary = header.filter { !$0.hasPrefix("$") }.joined(separator: " ")
        parameters = header.filter { $0.hasPrefix("$") }.map(Parameter.init(line:))
        cypher = lines.dropFirst(header.count).joined(separator: "\n")
    }
}

extension NamedQuery.Parameter {
    /// Reads `$name = default: summary` or `$name: summary`.
    fileprivate init(line: Substring) {
        let parts = line.dropFirst().split(separator: ": ", maxSplits: 1)
        let declaration = parts[0].split(separator: " = ", maxSplits: 1)
        self.init(
            name: String(declaration[0]), summary: parts.count > 1 ? String(parts[1]) : "",
            defaultText: declaration.count > 1 ? String(declaration[1]) : nil)
    }
}

extension NamedQuery: Encodable {
    private enum CodingKeys: String, CodingKey { case name, summary, parameters, cypher }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(summary, forKey: .summary)
        try container.encode(parameters, forKey: .parameters)
        try container.encode(cypher, forKey: .cypher)
    }
}

extension NamedQuery.Parameter: Encodable {
    private enum CodingKeys: String, CodingKey {
        case name, summary
        case defaultText = "default"
    }
}
