internal import GRDBSQLite
internal import Metering

/// A prepared statement.
///
/// Parameters count from 1 and columns from 0, as in SQLite.
///
/// Binding cannot fail for statements and indices that are constants of this module, so its result code is not read;
/// a wrong index shows in every test.
final class StoreStatement {
    private let handle: OpaquePointer
    private let connection: StoreConnection

    init(_ handle: OpaquePointer, of connection: StoreConnection) {
        self.handle = handle
        self.connection = connection
    }

    deinit { sqlite3_finalize(handle) }

    @inline(__always)
    func bind(_ value: Int64, at index: Int32) { sqlite3_bind_int64(handle, index, value) }

    func bindNull(at index: Int32) { sqlite3_bind_null(handle, index) }

    /// Binds text that SQLite copies.
    func bind(_ text: String, at index: Int32) {
        var text = text
        text.withUTF8 { bytes in
            _ = bytes.withMemoryRebound(to: CChar.self) {
                // SQLITE_TRANSIENT, a cast that the importer leaves out.
                sqlite3_bind_text(
                    handle, index, $0.baseAddress, Int32($0.count), unsafeBitCast(-1, to: sqlite3_destructor_type.self))
            }
        }
    }

    /// Binds bytes that SQLite copies.
    func bind(_ bytes: [UInt8], at index: Int32) {
        sqlite3_bind_blob(
            handle, index, bytes, Int32(bytes.count), unsafeBitCast(-1, to: sqlite3_destructor_type.self))
    }

    /// Binds text that stays where it is until the statement is reset.
    @inline(__always)
    func bindText(inPlace bytes: UnsafeRawBufferPointer, at index: Int32) {
        sqlite3_bind_text(
            handle, index, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), nil)
    }

    /// Binds a blob that stays where it is until the statement is reset.
    @inline(__always)
    func bindBlob(inPlace bytes: UnsafeRawBufferPointer, at index: Int32) {
        sqlite3_bind_blob(handle, index, bytes.baseAddress, Int32(bytes.count), nil)
    }

    /// Advances to the next row; `false` when there is none.
    @inline(__always)
    func step() throws(SQLiteFailure) -> Bool {
        let code = sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        if code == SQLITE_DONE { return false }
        let failure = connection.failure(code)
        sqlite3_reset(handle)
        throw failure
    }

    /// Makes the statement ready for its next use.
    @inline(__always)
    func reset() { sqlite3_reset(handle) }

    /// Runs a statement without rows to its end and resets it.
    @inline(__always)
    func run() throws(SQLiteFailure) {
        _ = try step()
        sqlite3_reset(handle)
    }

    /// Runs a statement without rows, and tells how many rows it changed.
    func runCountingChanges() throws(SQLiteFailure) -> Int32 {
        try run()
        return sqlite3_changes(connection.handle)
    }

    /// The first column of the first row, or `nil` when there is no row.
    ///
    /// Resets the statement.
    func firstInteger() throws(SQLiteFailure) -> Int64? {
        defer { reset() }
        return try step() ? integer(at: 0) : nil
    }

    @inline(__always)
    func integer(at column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func isNull(at column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func text(at column: Int32) -> String {
        String(
            decoding: UnsafeRawBufferPointer(start: sqlite3_column_text(handle, column), count: count(at: column)),
            as: UTF8.self)
    }

    func optionalText(at column: Int32) -> String? { isNull(at: column) ? nil : text(at: column) }

    /// Whether a column holds exactly this text, byte for byte.
    func isEqual(toText text: String, at column: Int32) -> Bool {
        let stored = UnsafeRawBufferPointer(start: sqlite3_column_text(handle, column), count: count(at: column))
        return stored.elementsEqual(text.utf8)
    }

    func withBlob<Value>(at column: Int32, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        body(UnsafeRawBufferPointer(start: sqlite3_column_blob(handle, column), count: count(at: column)))
    }

    /// The digest in a column that the schema holds to 32 bytes.
    func digest(at column: Int32) -> Digest32? { withBlob(at: column) { Digest32(storedBytes: $0) } }

    private func count(at column: Int32) -> Int { Int(sqlite3_column_bytes(handle, column)) }
}

extension Digest32 {
    /// Reads 32 bytes as a database holds them; `nil` when there are more or fewer.
    init?(storedBytes bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 32 else { return nil }
        self.init(
            words: (
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
            ))
    }

    /// Appends the 32 bytes to `buffer`.
    func append(to buffer: inout [UInt8]) {
        var bytes = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        withUnsafeBytes(of: &bytes) { buffer.append(contentsOf: $0) }
    }
}
