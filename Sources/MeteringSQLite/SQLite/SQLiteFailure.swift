internal import GRDB
internal import GRDBSQLite
internal import Metering

/// What SQLite reported: its result code and its words.
///
/// The `cause` of a store's errors.
struct SQLiteFailure: Error, Sendable, CustomStringConvertible {
    /// The extended result code.
    var code: Int32
    /// SQLite's own message.
    var message: String

    var description: String { "SQLite error \(code): \(message)" }

    /// The primary result code: the kind of failure.
    var primaryCode: Int32 { code & 0xff }

    /// Whether the content of a statement was refused, rather than the database being out of order.
    var isIntrinsic: Bool {
        [SQLITE_CONSTRAINT, SQLITE_TOOBIG, SQLITE_MISMATCH, SQLITE_RANGE].contains(primaryCode)
    }

    /// The error that callers of the store get, with what they can do about it.
    func error(path: String) -> MeteringError {
        switch primaryCode {
        case SQLITE_FULL:
            MeteringError(
                .storeUnavailable, "no space left for the store \(path); nothing was kept, free some and repeat",
                cause: self)
        case SQLITE_BUSY, SQLITE_LOCKED:
            MeteringError(
                .storeUnavailable, "another process holds the store \(path) for too long; repeat the call", cause: self)
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
            MeteringError(
                .storeUnavailable, "the store \(path) cannot be written; check its owner, mode and file system",
                cause: self)
        case SQLITE_CANTOPEN:
            MeteringError(
                .storeUnavailable, "the store \(path) cannot be opened; check the path and the directory's mode",
                cause: self)
        case SQLITE_NOTADB:
            MeteringError(
                .storeCorrupt, "\(path) is not a store: it is no SQLite database, or it is damaged", cause: self)
        case SQLITE_CORRUPT:
            MeteringError(.storeCorrupt, "the store \(path) is damaged; restore it from a backup", cause: self)
        case SQLITE_CONSTRAINT:
            MeteringError(
                .storeCorrupt, "a change would break an invariant of the store \(path): \(message)", cause: self)
        default:
            MeteringError(.storeUnavailable, "the store \(path) failed: \(message)", cause: self)
        }
    }
}

extension MeteringError {
    /// The error for whatever an operation on the store at `path` threw.
    init(storing error: any Error, path: String) {
        switch error {
        case let error as MeteringError: self = error
        case let failure as SQLiteFailure: self = failure.error(path: path)
        case let error as DatabaseError:
            // GRDB's own message is left out: with arguments in it, it could hold a customer's data.
            let failure = SQLiteFailure(
                code: error.extendedResultCode.rawValue, message: error.message ?? "\(error.resultCode)")
            self = failure.error(path: path)
        default: self.init(.storeUnavailable, "the store \(path) failed", cause: error)
        }
    }
}
