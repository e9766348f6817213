internal import Metering

extension UsageReader {
    /// Reads the sessions of highest charge.
    ///
    /// Narrow tables tell which they are, so that everything else is read of these few only.
    func readHighestSessions(_ limit: Int) throws(SQLiteFailure) {
        var ranking = try SessionRanking(
            connection, filter, conditions: conditions, limit: limit, recent: groups.charges)
        let numbers = try ranking.numbers(patience: patience)
        for start in stride(from: 0, to: numbers.count, by: 500) {
            let list = numbers[start..<min(start + 500, numbers.count)].map(String.init).joined(separator: ", ")
            try readSessions(in: list)
        }
    }

    /// Reads every session that can match.
    func readMatchingSessions() throws(SQLiteFailure) {
        if filter.session != nil {
            try readSessions(in: nil)
        } else if filter.customer != nil || filter.key != nil {
            try readSessions(in: "SELECT session FROM \(filter.sourceOfKeys)")
        } else if query.since != nil || query.until != nil {
            try readSessions(in: "SELECT session FROM sessionTotal WHERE firstDay <= ?2 AND lastDay >= ?1")
        } else {
            try readSessions(in: nil)
        }
    }
}

extension UsageReader.Filter {
    /// The table that leads from the customer or key to sessions, with its conditions, in SQL.
    var sourceOfKeys: String {
        let source = "customerSession WHERE customer"
        return switch (customer, key) {
        case (let customer?, let key?): "\(source) = \(customer) AND key = \(key)"
        case (let customer?, nil): "\(source) = \(customer)"
        case (nil, let key?): "\(source) IN (SELECT customer FROM keyCustomer WHERE key = \(key)) AND key = \(key)"
        case (nil, nil): "customerSession WHERE 1"
        }
    }
}
