internal import Crypto

/// The form of an outbox file: a mark, and then batches of records that became durable together.
///
/// A batch is its length, a checksum of that, a checksum of its content, and its content: records, each with its length.
/// So a crash can spoil only the last batch, of which nothing was acknowledged, and a spoiled length never hides the
/// batches behind it.
enum OutboxFormat {
    /// The beginning of every outbox file.
    static let mark = Array("FLOWOUT2".utf8)
    /// How files began whose records did not say what their intents ask for.
    private static let formerMark = Array("FLOWOUT1".utf8)
    /// The largest record.
    static let recordLimit = 64 << 20

    private static let headerSize = 16

    /// A batch of records as it stands in the file.
    static func batch(_ records: [[UInt8]]) -> [UInt8] {
        var content: [UInt8] = []
        for record in records { content += bytes(of: record.count) + record }
        let length = bytes(of: content.count)
        return length + checksum(length, 4) + checksum(content, 8) + content
    }

    /// What a file holds.
    struct Content {
        /// The records, oldest first.
        var records: [[UInt8]] = []
        /// Where the last whole batch ends; what is behind it was cut off by a crash.
        var end = 0
    }

    /// Reads a file.
    ///
    /// - Throws: Where the file is damaged, when that was no crash while it was appended to.
    static func read(_ file: [UInt8]) throws(FlowError) -> Content {
        var content = Content()
        guard file.starts(with: mark) else {
            // A crash may have come between its creation and its mark.
            if mark.starts(with: file) || isZero(file[...]) { return content }
            if file.starts(with: formerMark) {
                throw FlowError(
                    .storage,
                    "is an outbox of an earlier form (FLOWOUT1), which does not say what its intents ask for: end them with "
                        + "the version that began it, keep the file, and begin another one for intents with new keys")
            }
            throw FlowError(.storage, "is no outbox of this version: it does not begin with FLOWOUT2")
        }
        content.end = mark.count
        while let size = try batch(file[content.end...], &content.records) { content.end += size }
        return content
    }

    /// Reads the first batch of what is left; returns its size, and `nil` when no whole one is left.
    private static func batch(_ rest: ArraySlice<UInt8>, _ records: inout [[UInt8]]) throws(FlowError) -> Int? {
        guard rest.count >= headerSize else { return nil }
        let start = rest.startIndex
        let length = rest[start..<(start + 4)]
        guard checksum(length, 4) == Array(rest[(start + 4)..<(start + 8)]) else {
            if isZero(rest) { return nil }
            throw damage(start)
        }
        let end = start + headerSize + number(length)
        guard end <= rest.endIndex else { return nil }
        let content = rest[(start + headerSize)..<end]
        guard checksum(content, 8) == Array(rest[(start + 8)..<(start + headerSize)]) else {
            // The last batch may have been torn; one before it was damaged.
            if end == rest.endIndex { return nil }
            throw damage(start)
        }
        var position = content.startIndex
        while position < content.endIndex {
            guard content.endIndex - position >= 4 else { throw damage(position) }
            let size = number(content[position..<(position + 4)])
            guard content.endIndex - position - 4 >= size else { throw damage(position) }
            records.append(Array(content[(position + 4)..<(position + 4 + size)]))
            position += 4 + size
        }
        return end - start
    }

    private static func damage(_ offset: Int) -> FlowError {
        FlowError(.storage, "is damaged at byte \(offset): restore it from a backup", offset: offset)
    }

    private static func checksum(_ bytes: some Collection<UInt8>, _ count: Int) -> [UInt8] {
        Array(SHA256.hash(data: Array(bytes)).prefix(count))
    }

    private static func isZero(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.allSatisfy { $0 == 0 } }

    private static func bytes(of number: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}
