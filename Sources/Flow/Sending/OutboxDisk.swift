/// What an outbox asks of a disk; tests give it one that loses power.
///
/// Errors are texts that say what cannot be done to a file, as "cannot be written: No space left on device".
protocol OutboxDisk: Sendable {
    /// Opens a file for its only user, creating it when it is not there.
    func open(_ path: String) throws(OutboxDiskError) -> any OutboxFile
    /// The path of a file itself, whatever links lead to it and whatever directory is the current one later.
    func resolve(_ path: String) throws(OutboxDiskError) -> String
    /// Creates an empty file for its only user, in place of what may be left there.
    func create(_ path: String) throws(OutboxDiskError) -> any OutboxFile
    /// Gives a file another's name, in its place; the opened file stays the same.
    func rename(_ path: String, to other: String) throws(OutboxDiskError)
    /// Makes the names in a file's directory durable.
    func synchronizeDirectory(of path: String) throws(OutboxDiskError)
    /// Removes a file, if it is there.
    func remove(_ path: String)
}

/// An open file; it is closed when nobody holds it.
protocol OutboxFile: Sendable {
    /// Everything in the file.
    func content() throws(OutboxDiskError) -> [UInt8]
    /// Adds bytes at the end; nothing is durable yet.
    func append(_ bytes: [UInt8]) throws(OutboxDiskError)
    /// Cuts the file.
    func truncate(to size: Int) throws(OutboxDiskError)
    /// Makes the content durable.
    func synchronize() throws(OutboxDiskError)
}

/// What a disk cannot do.
struct OutboxDiskError: Error, Sendable {
    var message: String
}
