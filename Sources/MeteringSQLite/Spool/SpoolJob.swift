internal import Metering

/// What the spool's thread is asked to do.
enum SpoolJob: Sendable {
    /// Keep these rows.
    case append([[UInt8]], @Sendable (Result<Void, MeteringError>) -> Void)
    /// Read the oldest rows, at most so many.
    case read(Int, @Sendable (Result<[SpoolRow], MeteringError>) -> Void)
    /// Delete the rows up to and including a position.
    case remove(Int64, @Sendable (Result<Void, MeteringError>) -> Void)
}

/// An event as the spool keeps it.
struct SpoolRow: Sendable {
    var position: Int64
    var bytes: [UInt8]
}
