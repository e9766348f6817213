/// Where Flowmeter keeps its data.
struct DataLocation: Sendable, Hashable {
    /// The SQLite database.
    var database: String
    /// The directory of imported price books.
    var prices: String
    /// The ledger's database.
    var ledger: String
    /// The oracle's database.
    var oracle: String
    /// The operator's signing keys.
    var operatorKey: String
    /// The customers' plans.
    var plans: String
    /// The events on their way to Neo4j.
    var spool: String

    /// The location that the settings name: `FLOWMETER_DATABASE`, else `flowmeter/flowmeter.sqlite` in
    /// `XDG_DATA_HOME`, else in `~/.local/share` (XDG Base Directory Specification 0.8).
    init(settings: Settings, context: CommandContext) throws(CommandError) {
        if let stated = settings.text(.database) {
            database = context.path(stated)
        } else if let data = context.environment["XDG_DATA_HOME"], data.hasPrefix("/") {
            database = data + "/flowmeter/flowmeter.sqlite"
        } else if let home = context.environment["HOME"], !home.isEmpty {
            database = home + "/.local/share/flowmeter/flowmeter.sqlite"
        } else {
            throw CommandError(
                "no place for the database: neither FLOWMETER_DATABASE nor HOME is set",
                fix: "pass --database PATH or set FLOWMETER_DATABASE", status: .usage)
        }
        let directory = Self.directory(of: database)
        prices = settings.text(.prices).map(context.path) ?? directory + "/prices"
        ledger = settings.text(.ledger).map(context.path) ?? directory + "/ledger.sqlite"
        oracle = settings.text(.oracleDatabase).map(context.path) ?? directory + "/oracle.sqlite"
        operatorKey = settings.text(.operatorKey).map(context.path) ?? directory + "/operator-key.json"
        plans = settings.text(.plans).map(context.path) ?? directory + "/plans.json"
        spool = settings.text(.spool).map(context.path) ?? directory + "/spool.sqlite"
    }

    /// The directory that holds a file.
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}
