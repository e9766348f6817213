/// Looks at the bytes of a message's `content` array: whether there is any, and how much was generated.
///
/// Generated are the strings under the keys `text` and `thinking` of a block, counted as UTF-8 without JSON's escapes,
/// and the JSON under the key `input` of a block. The bytes may be cut anywhere; nothing is kept.
struct ContentMeter: Sendable {
    private(set) var isPresent = false
    private(set) var generatedBytes: Int64 = 0

    /// Open brackets: 1 in the array of blocks, 2 in a block.
    private var nesting = 0
    private var isArray = false
    private var isInBlock = false
    private var isInInput = false
    /// Whether the next string in a block is a key.
    private var expectsKey = false
    private var string = StringState.outside
    private var escape = Escape.none
    /// The first bytes of the block's current key.
    private var key = KeyPrefix()

    private enum StringState: Sendable { case outside, key, value }
    private enum Escape: Sendable { case none, backslash, hex(digit: Int, unit: UInt16) }

    /// As much of a key as fits into two words: all keys of interest do.
    private struct KeyPrefix: Sendable {
        private var word: UInt64 = 0
        private var count = 0

        mutating func append(_ byte: UInt8) {
            if count < 8 { word = word << 8 | UInt64(byte) }
            count += 1
        }

        private func equals(_ text: StaticString) -> Bool {
            guard count == text.utf8CodeUnitCount, count <= 8 else { return false }
            var other: UInt64 = 0
            for index in 0..<count { other = other << 8 | UInt64(text.utf8Start[index]) }
            return word == other
        }

        var isText: Bool { equals("text") || equals("thinking") }
        var isInput: Bool { equals("input") }
    }

    /// Starts over in front of a `content` value.
    mutating func begin() { self = ContentMeter() }

    /// Takes in the next bytes of the value.
    mutating func consume(_ bytes: UnsafeRawBufferPointer) {
        var index = 0
        while index < bytes.count {
            if string != .outside {
                consumeString(bytes, &index)
            } else {
                consumeStructure(bytes[index])
                index += 1
            }
        }
    }

    private mutating func consumeStructure(_ byte: UInt8) {
        if nesting == 1, isArray, byte > 0x20, byte != UInt8(ascii: "]") { isPresent = true }
        switch byte {
        case UInt8(ascii: "\""):
            string = nesting == 2 && expectsKey ? .key : .value
            if string == .key { key = KeyPrefix() }
        case UInt8(ascii: "{"), UInt8(ascii: "["): open(isObject: byte == UInt8(ascii: "{"))
        case UInt8(ascii: "}"), UInt8(ascii: "]"): close()
        case UInt8(ascii: ":"): if nesting == 2 { expectsKey = false }
        case UInt8(ascii: ","): if nesting == 2 { expectsKey = isInBlock }
        default: break
        }
        if isInInput { generatedBytes += 1 }
    }

    private mutating func open(isObject: Bool) {
        nesting += 1
        switch nesting {
        case 1: isArray = !isObject
        case 2:
            isInBlock = isArray && isObject
            expectsKey = isInBlock
            key = KeyPrefix()
        case 3: isInInput = isInBlock && isObject && key.isInput
        default: break
        }
    }

    private mutating func close() {
        nesting -= 1
        if nesting == 2, isInInput {
            isInInput = false
            generatedBytes += 1
        }
    }

    private mutating func consumeString(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) {
        let isText = string == .value && nesting == 2 && isInBlock && key.isText
        while index < bytes.count {
            let start = index
            if string == .value, case .none = escape {
                index = JSONCursor.skipPlainText(bytes, from: index)
                if isText || isInInput { generatedBytes += Int64(index - start) }
                guard index < bytes.count else { return }
            }
            let byte = bytes[index]
            index += 1
            if isInInput { generatedBytes += 1 }
            switch escape {
            case .none:
                if byte == UInt8(ascii: "\"") {
                    string = .outside
                    return
                }
                if byte == UInt8(ascii: "\\") { escape = .backslash } else if isText { generatedBytes += 1 }
            case .backslash:
                escape = byte == UInt8(ascii: "u") ? .hex(digit: 0, unit: 0) : .none
                if case .none = escape, isText { generatedBytes += 1 }
            case .hex(let digit, let unit):
                let value = unit << 4 | UInt16(Character(Unicode.Scalar(byte)).hexDigitValue ?? 0)
                escape = digit == 3 ? .none : .hex(digit: digit + 1, unit: value)
                if digit == 3, isText { generatedBytes += Self.width(ofCodeUnit: value) }
            }
            if string == .key, byte != UInt8(ascii: "\"") { key.append(byte) }
        }
    }

    /// UTF-8 bytes for one UTF-16 code unit; the two halves of a surrogate pair make four together.
    private static func width(ofCodeUnit unit: UInt16) -> Int64 {
        switch unit {
        case 0..<0x80: 1
        case 0x80..<0x800: 2
        case 0xD800...0xDFFF: 2
        default: 3
        }
    }
}
