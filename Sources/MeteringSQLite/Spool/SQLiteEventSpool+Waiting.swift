internal import Foundation
internal import GRDB
public import Metering

extension SQLiteEventSpool {
    /// How many events wait in the spool at `path`, and their bytes; `nil` when there is no such file.
    ///
    /// It may be asked while another process uses the spool, and changes nothing.
    ///
    /// - Throws: `storeUnavailable` when the file cannot be read; `storeCorrupt` when it is something else than a spool.
    public static func waiting(at path: String) throws(MeteringError) -> (events: Int64, bytes: Int64)? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            var configuration = GRDB.Configuration()
            configuration.readonly = true
            let sum = try DatabaseQueue(path: path, configuration: configuration).read { database -> (Int64, Int64)? in
                guard try Int64.fetchOne(database, sql: "PRAGMA application_id") == SpoolFile.applicationID else {
                    return nil
                }
                let sql = "SELECT count(*) AS events, coalesce(sum(length(event)), 0) AS bytes FROM waiting"
                return try Row.fetchOne(database, sql: sql).map { ($0["events"], $0["bytes"]) }
            }
            guard let sum else {
                throw MeteringError(.storeCorrupt, "\(path) is something else than a spool; choose another path")
            }
            return (sum.0, sum.1)
        } catch let error as MeteringError {
            throw error
        } catch {
            throw MeteringError(.storeUnavailable, "the spool \(path) cannot be read: \(error)", cause: error)
        }
    }
}
