/// A status of a query: how it went, or a notification about it.
///
/// Servers before Bolt 5.6 send notifications of an older form; they are given the general GQL statuses.
public struct BoltStatus: Sendable, Hashable {
    /// A place in the text of a query.
    public struct Position: Sendable, Hashable {
        /// Characters before it.
        public let offset: Int64
        /// The line, from 1.
        public let line: Int64
        /// The column, from 1.
        public let column: Int64

        init?(_ map: BoltMap?) {
            guard let map, let offset = map["offset"]?.integer else { return nil }
            self.offset = offset
            line = map["line"]?.integer ?? 1
            column = map["column"]?.integer ?? 1
        }
    }

    /// The five characters of the GQL status.
    public let gqlStatus: String
    /// The description of the status.
    public let description: String
    /// The notification's code; `nil` for a status that is none.
    public let code: String?
    /// The notification's title.
    public let title: String?
    /// The notification's text.
    public let text: String?
    /// The severity, such as `WARNING`.
    public let severity: String?
    /// What it is about, such as `PERFORMANCE`.
    public let classification: String?
    /// The place in the query.
    public let position: Position?
    /// The diagnostic record, with the defaults that are left out on the wire.
    public let diagnosticRecord: [String: BoltValue]

    /// Whether it is a notification.
    public var isNotification: Bool { code?.isEmpty == false }

    private init(status map: BoltMap) {
        let record = map["diagnostic_record"]?.map
        gqlStatus = map["gql_status"]?.string ?? GQL.generalError
        description = map["status_description"]?.string ?? GQL.generalErrorDescription
        code = map["neo4j_code"]?.string
        title = map["title"]?.string
        text = map["description"]?.string
        severity = record?["_severity"]?.string
        classification = record?["_classification"]?.string
        position = Position(record?["_position"]?.map)
        diagnosticRecord = GQL.diagnosticRecord(record)
    }

    private init(notification map: BoltMap) {
        severity = map["severity"]?.string
        gqlStatus = severity == "WARNING" ? "01N42" : "03N42"
        code = map["code"]?.string
        title = map["title"]?.string
        text = map["description"]?.string
        description = text ?? (severity == "WARNING" ? "warn: unknown warning" : "info: unknown notification")
        classification = map["category"]?.string
        position = Position(map["position"]?.map)
        diagnosticRecord = GQL.diagnosticRecord(nil)
    }

    private init(outcome status: String, _ description: String) {
        gqlStatus = status
        self.description = description
        (code, title, text, severity, classification, position) = (nil, nil, nil, nil, nil, nil)
        diagnosticRecord = GQL.diagnosticRecord(nil)
    }

    /// The statuses that the server sent, or those that stand for what it sent.
    static func all(_ end: ResultStream.End) -> [BoltStatus] {
        if let statuses = end.pull["statuses"]?.list {
            return statuses.compactMap(\.map).map(BoltStatus.init(status:))
        }
        var all = (end.pull["notifications"]?.list?.compactMap(\.map) ?? []).map(BoltStatus.init(notification:))
        if end.hadRecords {
            all.append(BoltStatus(outcome: "00000", "note: successful completion"))
        } else if end.run["fields"]?.list?.isEmpty == false {
            all.append(BoltStatus(outcome: "02000", "note: no data"))
        } else {
            all.append(BoltStatus(outcome: "00001", "note: successful completion - omitted result"))
        }
        // No data is worse than a warning, a warning than success, success than information.
        let order = ["02": 0, "01": 1, "00": 2, "03": 3]
        return all.enumerated().sorted { lhs, rhs in
            let (left, right) = (
                order["\(lhs.element.gqlStatus.prefix(2))"] ?? 4, order["\(rhs.element.gqlStatus.prefix(2))"] ?? 4
            )
            return (left, lhs.offset) < (right, rhs.offset)
        }.map(\.element)
    }
}
