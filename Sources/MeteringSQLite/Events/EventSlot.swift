internal import Metering

/// The slot of an event id in `eventSlot`: 64 bits that depend on every byte of it.
///
/// It is part of the file format. Ids that share a slot are told apart by the event itself, so a collision costs a
/// look-up and nothing else.
enum EventSlot {
    static func slot(of id: EventID) -> UInt64 {
        var text = id.rawValue
        return text.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            var hash: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(bytes.count)
            var offset = 0
            while offset + 8 <= bytes.count {
                mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)), into: &hash)
                offset += 8
            }
            var rest: UInt64 = 0
            while offset < bytes.count {
                rest = rest << 8 | UInt64(bytes[offset])
                offset += 1
            }
            mix(rest, into: &hash)
            return hash
        }
    }

    /// Multiplies to 128 bits and folds the halves together.
    private static func mix(_ word: UInt64, into hash: inout UInt64) {
        let product = (hash ^ word).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
        hash = product.high ^ product.low ^ (word &+ 0x2545_f491_4f6c_dd1d)
    }
}
