internal import ArgumentParser

/// Which Neo4j server or cluster keeps the usage, if any.
struct Neo4jOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Keep usage in Neo4j at this address instead of SQLite; 'none' for SQLite. Default: $NEO4J_URI.",
            valueName: "uri"))
    var neo4jURI: String?

    @Option(
        help: ArgumentHelp("The user of Neo4j. Default: $NEO4J_USER, else neo4j.", valueName: "name"))
    var neo4jUser: String?

    @Option(
        help: ArgumentHelp(
            "The database of Neo4j. Default: $NEO4J_DATABASE, else the user's home database.", valueName: "name"))
    var neo4jDatabase: String?

    /// These options as settings.
    var flags: [SettingName: String] {
        var flags: [SettingName: String] = [:]
        flags[.neo4jURI] = neo4jURI
        flags[.neo4jUser] = neo4jUser
        flags[.neo4jDatabase] = neo4jDatabase
        return flags
    }
}
