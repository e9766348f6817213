/// A resumable scanner of one JSON object: captures the values of a few of its keys and passes over all others.
///
/// It follows structure only: strings with their escapes, and brackets by their number. What it captures is for
/// ``JSONCursor`` to validate.
struct TopLevelScanner: Sendable {
    /// The keys of interest.
    enum Field: String, Sendable {
        case id, model, type
        case stopReason = "stop_reason"
        case usage, content
    }

    enum State: Sendable, Equatable {
        case beforeObject, beforeKey, key, beforeColon, beforeValue, value, afterValue, ended, broken
    }

    private(set) var state = State.beforeObject
    private(set) var content = ContentMeter()
    private(set) var problem: ClaudeError?

    private let valueLimit: Int
    /// Bytes consumed by earlier calls.
    private var position = 0
    private var field: Field?
    /// The key or the captured value, as far as earlier buffers held it.
    private var kept: [UInt8] = []
    private var isOverlong = false
    /// Open brackets inside the value.
    private var nesting = 0
    private var isScalar = false
    private var string = StringState.outside

    /// Where the scanner is relative to a string.
    private enum StringState: Sendable { case outside, inside, escaped }

    init(valueLimit: Int) { self.valueLimit = valueLimit }

    /// Scans `bytes`; passes each captured value that ends in them to `onValue`, or its key to `onOverlong`.
    mutating func consume(
        _ bytes: UnsafeRawBufferPointer, onValue: (Field, UnsafeRawBufferPointer) -> Void, onOverlong: (Field) -> Void
    ) {
        var index = 0
        while index < bytes.count {
            switch state {
            case .key: scanKey(bytes, &index)
            case .value: scanValue(bytes, &index, onValue, onOverlong)
            case .ended, .broken: index = bytes.count
            default: scanStructure(bytes, &index)
            }
        }
        position += bytes.count
    }

    // MARK: Between keys and values

    private mutating func scanStructure(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) {
        let byte = bytes[index]
        if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            index += 1
            return
        }
        switch (state, byte) {
        case (.beforeObject, UInt8(ascii: "{")): state = .beforeKey
        case (.beforeKey, UInt8(ascii: "\"")):
            state = .key
            string = .inside
            kept.removeAll(keepingCapacity: true)
            isOverlong = false
        case (.beforeKey, UInt8(ascii: "}")), (.afterValue, UInt8(ascii: "}")): state = .ended
        case (.beforeColon, UInt8(ascii: ":")): state = .beforeValue
        case (.afterValue, UInt8(ascii: ",")): state = .beforeKey
        case (.beforeValue, _):
            beginValue(byte)
            return
        default:
            problem = ClaudeError(.malformedJSON, "the body is not a JSON object", offset: position + index)
            state = .broken
        }
        index += 1
    }

    private mutating func scanKey(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) {
        let start = index
        skipString(bytes, &index)
        let end = string == .outside ? index - 1 : index
        // No key of interest is nearly as long, written with escapes or not.
        if kept.count + end - start > 128 {
            isOverlong = true
        } else {
            kept.append(contentsOf: bytes.view(start..<end))
        }
        guard string == .outside else { return }
        field = isOverlong ? nil : kept.withUnsafeBytes { Self.field(named: $0) }
        state = .beforeColon
    }

    private static func field(named key: UnsafeRawBufferPointer) -> Field? {
        let string = JSONCursor.RawString(bytes: key, offset: 0, hasEscapes: key.contains(UInt8(ascii: "\\")))
        switch string {
        case "id": return .id
        case "model": return .model
        case "type": return .type
        case "stop_reason": return .stopReason
        case "usage": return .usage
        case "content": return .content
        default: return nil
        }
    }

    // MARK: Values

    private mutating func beginValue(_ first: UInt8) {
        state = .value
        nesting = 0
        string = .outside
        isScalar = first != UInt8(ascii: "{") && first != UInt8(ascii: "[") && first != UInt8(ascii: "\"")
        kept.removeAll(keepingCapacity: kept.capacity <= 4096)
        isOverlong = false
        if field == .content { content.begin() }
    }

    private mutating func scanValue(
        _ bytes: UnsafeRawBufferPointer, _ index: inout Int, _ onValue: (Field, UnsafeRawBufferPointer) -> Void,
        _ onOverlong: (Field) -> Void
    ) {
        let start = index
        let hasEnded = field == .content ? skipContent(bytes, &index) : skipValue(bytes, &index)
        if hasEnded { state = .afterValue }
        guard let field, field != .content else { return }
        let part = bytes.view(start..<index)
        if kept.count + part.count > valueLimit {
            isOverlong = true
            kept = []
        }
        if hasEnded, isOverlong {
            onOverlong(field)
        } else if hasEnded, kept.isEmpty {
            onValue(field, part)
        } else if !isOverlong {
            kept.append(contentsOf: part)
            if hasEnded { kept.withUnsafeBytes { onValue(field, $0) } }
        }
    }

    /// Moves behind the value or to the end of the bytes; returns whether the value has ended.
    private mutating func skipValue(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) -> Bool {
        while index < bytes.count {
            if string != .outside {
                skipString(bytes, &index)
                if string == .outside, nesting == 0 { return true }
                continue
            }
            switch bytes[index] {
            case UInt8(ascii: "\""): string = .inside
            case UInt8(ascii: "{"), UInt8(ascii: "["): nesting += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if isScalar { return true }
                nesting -= 1
                if nesting <= 0 {
                    index += 1
                    return true
                }
            case UInt8(ascii: ","), 0x20, 0x0A, 0x0D, 0x09:
                if isScalar { return true }
            default: break
            }
            index += 1
        }
        return false
    }

    /// ``skipValue(_:_:)`` with the content meter looking on.
    private mutating func skipContent(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) -> Bool {
        let start = index
        let hasEnded = skipValue(bytes, &index)
        content.consume(bytes.view(start..<index))
        return hasEnded
    }

    /// Moves behind the string's closing quote or to the end of the bytes.
    private mutating func skipString(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) {
        while index < bytes.count {
            if string == .escaped {
                string = .inside
                index += 1
                continue
            }
            index = JSONCursor.skipPlainText(bytes, from: index)
            guard index < bytes.count else { return }
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\"") {
                string = .outside
                return
            }
            if byte == UInt8(ascii: "\\") { string = .escaped }
        }
    }
}
