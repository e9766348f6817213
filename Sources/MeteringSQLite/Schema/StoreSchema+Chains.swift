internal import GRDB
internal import Metering

/// The index of chains in rows of 64 events.
extension StoreSchema {
    /// Makes the table, and fills it from the one that had a row an event.
    static func indexChainsInParts(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE chainPart (
                    customer INTEGER NOT NULL REFERENCES eventCustomer(number),
                    part INTEGER NOT NULL CHECK (part >= 0),
                    positions BLOB NOT NULL
                        CHECK (length(positions) BETWEEN 8 AND 512 AND length(positions) % 8 = 0),
                    PRIMARY KEY (customer, part)
                ) STRICT, WITHOUT ROWID
                """)
        let connection = try StoreConnection(readingFrom: database)
        let index = try ChainIndex(connection)
        let select = try connection.prepare(
            "SELECT customer, sequence, position FROM customerEvent ORDER BY customer, sequence")
        var run: (customer: Int64, first: Int64, positions: [Int64])?
        while try select.step() {
            let (customer, sequence) = (select.integer(at: 0), select.integer(at: 1))
            if let known = run {
                let isNext = known.customer == customer && sequence == known.first + Int64(known.positions.count)
                if !isNext || ChainIndex.part(of: sequence) != ChainIndex.part(of: known.first) {
                    try index.add(customer: known.customer, first: known.first, known.positions)
                    run = nil
                }
            }
            if run == nil { run = (customer, sequence, []) }
            run?.positions.append(select.integer(at: 2))
        }
        if let run { try index.add(customer: run.customer, first: run.first, run.positions) }
        select.reset()
        try database.execute(sql: "DROP TABLE customerEvent")
    }
}
