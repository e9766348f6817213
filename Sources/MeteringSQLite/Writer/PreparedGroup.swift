internal import Metering

/// The submissions of one commit, with everything about them decided: what is new, its place in its chain, its hash.
///
/// It is right as long as no other events come in between.
struct PreparedGroup: Sendable {
    /// A new event.
    struct Row: Sendable {
        /// Where the event is: the index of its submission, and its own index in there.
        var submission: Int
        var event: Int
        var sequence: Int64
        var hash: ReceiptHash
        /// The first sixteen bytes of the id, for sorting.
        var leading: (UInt64, UInt64)
    }

    var submissions: ArraySlice<Submission>
    var outcomes: [[AppendOutcome]] = []
    /// The new events, by id: the unique index is written page after page then.
    var rows: [Row] = []
    /// The chains' ends before this group, for taking it back.
    var headsBefore: [CustomerID: ChainHeads.Head] = [:]
    /// Whether a duplicate of an event that is stored was found.
    var hasStoredDuplicates = false

    var eventCount: Int { submissions.reduce(0) { $0 + $1.events.count } }
}

extension EventID {
    /// The first sixteen bytes, which sort as the text does.
    var leadingBytes: (UInt64, UInt64) {
        var text = rawValue
        return text.withUTF8 { bytes in
            func word(_ start: Int) -> UInt64 {
                if start + 8 <= bytes.count {
                    let raw = UnsafeRawBufferPointer(bytes)
                    return UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: start, as: UInt64.self))
                }
                var word: UInt64 = 0
                for index in start..<start + 8 { word = word << 8 | (index < bytes.count ? UInt64(bytes[index]) : 0) }
                return word
            }
            return (word(0), word(8))
        }
    }
}
