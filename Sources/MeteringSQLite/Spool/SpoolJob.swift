internal import Metering

/// What the spool's thread is asked to do.
enum SpoolJob: Sendable {
    /// Keep these rows.
    case append([[UInt8]], @Sendable (Result<Void, MeteringError>) -> Void)
    /// Read the oldest rows after a position, at most so many.
    case read(Int64, Int, @Sendable (Result<[SpoolRow], MeteringError>) -> Void)
    /// Delete the rows up to and including a position, and keep a note.
    case remove(Int64, note: [UInt8]?, @Sendable (Result<Void, MeteringError>) -> Void)
    /// Keep a note instead of those before it.
    case replaceNotes([UInt8], @Sendable (Result<Void, MeteringError>) -> Void)
    /// Read the notes.
    case readNotes(@Sendable (Result<[[UInt8]], MeteringError>) -> Void)
}

/// An event as the spool keeps it.
struct SpoolRow: Sendable {
    var position: Int64
    var bytes: [UInt8]
}
