/// How far a transcript was read: keep it, and the next import goes on from there.
public struct TranscriptCursor: Sendable, Hashable {
    /// The file's path, as ``TranscriptFile/path`` states it.
    public var path: String
    /// The file's inode number, to notice that another file took its place.
    public var inode: UInt64
    /// Bytes read: the start of the first line that is to be read next.
    public var offset: Int64
    /// Whole lines in front of ``offset``.
    public var line: Int64

    /// Creates a cursor.
    public init(path: String, inode: UInt64, offset: Int64, line: Int64) {
        self.path = path
        self.inode = inode
        self.offset = offset
        self.line = line
    }
}
