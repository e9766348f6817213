internal import Bolt

/// The constraints that keep the usage graph right: without them a call could be there twice.
enum GraphSchema {
    private static let constraints = [("Customer", "id"), ("ApiKey", "id"), ("Session", "key"), ("Message", "id")]

    /// Those that the database lacks, such as `Message(id)`.
    static func missing(on driver: BoltDriver, database: String?) async throws(BoltError) -> [String] {
        var configuration = BoltQueryConfiguration(database: database, accessMode: .read)
        configuration.bookmarks = .none
        let result = try await driver.executeQuery("SHOW CONSTRAINTS", configuration: configuration)
        var found: Set<String> = []
        for record in result.records {
            guard let labels = record["labelsOrTypes"], let properties = record["properties"], !labels.isNull,
                !properties.isNull
            else { continue }
            let names = try properties.decode([String].self).joined(separator: ",")
            for label in try labels.decode([String].self) { found.insert("\(label)(\(names))") }
        }
        return constraints.map { "\($0)(\($1))" }.filter { !found.contains($0) }
    }
}
