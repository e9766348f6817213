internal import Metering

/// How the parts of an event that are not plain columns are written.
///
/// Integers are unsigned LEB128: seven bits a byte, lowest first, the high bit set on all but the last.
enum EventCoding {
    static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// The integers in `bytes`; `nil` when they are cut short or too large.
    static func integers(_ bytes: UnsafeRawBufferPointer) -> [UInt64]? {
        var integers: [UInt64] = []
        return read(bytes, into: &integers) ? integers : nil
    }

    /// Appends the integers in `bytes`; `false` when they are cut short or too large.
    static func read(_ bytes: UnsafeRawBufferPointer, into integers: inout [UInt64]) -> Bool {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        for byte in bytes {
            guard shift < 63 || (shift == 63 && byte <= 1) else { return false }
            value |= UInt64(byte & 0x7f) << shift
            shift += 7
            if byte < 0x80 {
                integers.append(value)
                value = 0
                shift = 0
            }
        }
        return shift == 0
    }

    static func number(of quality: UsageEvent.Quality) -> Int64 {
        switch quality {
        case .exact: 0
        case .drained: 1
        case .estimated: 2
        }
    }

    static func quality(_ number: Int64) -> UsageEvent.Quality? {
        switch number {
        case 0: .exact
        case 1: .drained
        case 2: .estimated
        default: nil
        }
    }

    static func number(of source: UsageEvent.Source) -> Int64 {
        switch source {
        case .gateway: 0
        case .webhook: 1
        case .transcript: 2
        case .batch: 3
        case .import: 4
        }
    }

    static func source(_ number: Int64) -> UsageEvent.Source? {
        switch number {
        case 0: .gateway
        case 1: .webhook
        case 2: .transcript
        case 3: .batch
        case 4: .import
        default: nil
        }
    }
}
