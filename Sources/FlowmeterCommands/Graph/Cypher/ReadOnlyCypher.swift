/// Tells Cypher that only reads from Cypher that might do anything else.
///
/// A guard against mistakes, in front of a transaction that is opened for reading and rolled back. It refuses when in
/// doubt: a writing keyword may stand only where it cannot be one, as a property (`n.set`), a label or type (`:CREATE`), a
/// parameter (`$set`) or in backticks.
enum ReadOnlyCypher {
    /// Why a text is refused.
    struct Refusal: Error, Hashable {
        /// What is wrong with it.
        var reason: String
        /// What to write instead.
        var fix: String
    }

    /// Words that clauses of a reading query begin with.
    private static let clauses: Set<String> = ["MATCH", "OPTIONAL", "WITH", "UNWIND", "RETURN", "CALL", "SHOW"]
    /// Words that may stand before the first clause.
    private static let prefixes: Set<String> = ["EXPLAIN", "PROFILE", "USE", "CYPHER"]
    /// Words that change the graph or another's work, read files and addresses, or need a transaction of their own.
    private static let refused: Set<String> = [
        "CREATE", "MERGE", "SET", "DELETE", "DETACH", "NODETACH", "REMOVE", "FOREACH", "INSERT", "LOAD", "TERMINATE",
    ]
    /// Words that begin what changes the schema, the users or the server; behind a clause they are names.
    private static let administrative: Set<String> = [
        "DROP", "ALTER", "GRANT", "DENY", "REVOKE", "RENAME", "START", "STOP", "ENABLE", "DRYRUN", "REALLOCATE",
        "DEALLOCATE",
    ]
    /// Procedures that only read, by name or by what they begin with.
    private static let procedures = [
        "DB.LABELS", "DB.RELATIONSHIPTYPES", "DB.PROPERTYKEYS", "DB.SCHEMA.", "DB.INFO", "DB.PING", "DBMS.COMPONENTS",
    ]

    /// Refuses a text unless it only reads.
    static func check(_ text: String) throws(Refusal) {
        let tokens: [CypherToken]
        do { tokens = try CypherLexer.tokens(of: text) } catch { throw refusal(error) }
        var query = tokens[...]
        while query.last == .symbol(";") { query.removeLast() }
        guard !query.contains(.symbol(";")) else {
            throw Refusal(reason: "there are several queries", fix: "run one query at a time")
        }
        try checkBeginning(query)
        var hasClause = false
        var isShow = false
        for index in query.indices {
            guard case .word(let word) = query[index], !isName(query, index) else { continue }
            let keywords = fold(word)
            if !hasClause, !keywords.isDisjoint(with: clauses) {
                hasClause = true
                isShow = keywords.contains("SHOW")
            }
            if keywords.contains("CALL") { try checkCall(query[(index + 1)...]) }
            let isRefused =
                !keywords.isDisjoint(with: refused) || (!hasClause && !keywords.isDisjoint(with: administrative))
                // SHOW TRANSACTIONS reads; CALL { … } IN TRANSACTIONS cannot be rolled back.
                || (keywords.contains("TRANSACTIONS") && !isShow)
            guard isRefused else { continue }
            throw Refusal(
                reason: "\(word.uppercased()) can change something, and 'flowmeter graph' only reads",
                fix: "leave it out; if it is a name, write `\(word)` in backticks")
        }
    }

    private static func checkBeginning(_ query: ArraySlice<CypherToken>) throws(Refusal) {
        guard case .word(let first)? = query.first,
            !fold(first).isDisjoint(with: clauses.union(prefixes))
        else {
            throw Refusal(
                reason: query.isEmpty ? "the query is empty" : "the query does not begin like one that only reads",
                fix: "begin with MATCH, for example: MATCH (s:Session) RETURN count(s)")
        }
    }

    /// Whether the word at a place can only be a name: behind the dot of a property, a colon, or a `$`.
    private static func isName(_ query: ArraySlice<CypherToken>, _ index: Int) -> Bool {
        guard index > query.startIndex else { return false }
        switch query[index - 1] {
        case .symbol(":"), .symbol("$"): return true
        case .symbol("."):
            // Not the end of a number (`1.`) or of a range (`..`): a clause may follow those.
            guard index - 2 >= query.startIndex else { return false }
            switch query[index - 2] {
            case .word, .quotedName, .symbol(")"), .symbol("]"), .symbol("}"): return true
            default: return false
            }
        default: return false
        }
    }

    /// Lets subqueries pass, whose clauses are looked at one by one, and procedures that are known to read.
    private static func checkCall(_ rest: ArraySlice<CypherToken>) throws(Refusal) {
        guard let next = rest.first, next != .symbol("{"), next != .symbol("(") else { return }
        var name = ""
        loop: for token in rest {
            switch token {
            case .word(let word): name += word.uppercased()
            case .symbol("."): name += "."
            default: break loop
            }
        }
        let isKnown = procedures.contains { $0.hasSuffix(".") ? name.hasPrefix($0) : name == $0 }
        guard isKnown else {
            throw Refusal(
                reason: "CALL of a procedure can change something, and 'flowmeter graph' only reads",
                fix: "use CALL { … } for subqueries, and another client for procedures")
        }
    }

    /// The keywords that a word may be taken for: some letters beyond ASCII become an ASCII letter in another case.
    private static func fold(_ word: String) -> Set<String> { [word.uppercased(), word.lowercased().uppercased()] }

    private static func refusal(_ fault: CypherLexer.Fault) -> Refusal {
        switch fault {
        case .unicodeEscape:
            Refusal(
                reason: "the query has a Unicode escape (\\u…), which can hide anything",
                fix: "write the character itself, or pass it with --param")
        case .unterminated(let what): Refusal(reason: "a \(what) does not end", fix: "close it")
        case .controlCharacter(let value):
            Refusal(
                reason: "the query has an invisible character (U+\(String(value, radix: 16, uppercase: true)))",
                fix: "remove it, or pass it with --param")
        }
    }
}
