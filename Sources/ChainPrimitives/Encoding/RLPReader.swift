/// Reads RLP strictly: every encoding that is not the one canonical encoding of its item is refused.
///
/// The caller drives it, item by item, and ends with ``finish()``:
///
///     var reader = RLPReader(bytes)
///     var list = try reader.list()
///     let script = try list.bytes()
///     let gasLimit = try list.integer(UInt64.self)
///     try list.finish()
///     try reader.finish()
///
/// Every error is ``ChainPrimitivesError/Code/malformedRLP`` with the byte's offset. Nothing is copied before it is
/// asked for, and a length is compared with the bytes that are left before anything is made of it.
public struct RLPReader: Sendable {
    private var rest: ArraySlice<UInt8>

    /// Creates a reader in front of the first item of `bytes`.
    public init(_ bytes: [UInt8]) { rest = bytes[...] }

    private init(rest: ArraySlice<UInt8>) { self.rest = rest }

    /// Whether all items have been read.
    public var isAtEnd: Bool { rest.isEmpty }

    /// What the next item is.
    public enum Kind: String, Sendable {
        case bytes, list
    }

    /// The kind of the next item, or `nil` at the end.
    public var nextKind: Kind? { rest.first.map { $0 < 0xC0 ? .bytes : .list } }

    /// Reads a byte string.
    public mutating func bytes() throws(ChainPrimitivesError) -> [UInt8] { Array(try content(.bytes)) }

    /// Reads a byte string that must have `count` bytes.
    public mutating func bytes(count: Int) throws(ChainPrimitivesError) -> [UInt8] {
        let offset = rest.startIndex
        let content = try content(.bytes)
        guard content.count == count else {
            throw Self.error("expected \(count) bytes, found \(content.count)", at: offset)
        }
        return Array(content)
    }

    /// Reads an unsigned integer; leading zeros and what `Integer` cannot hold are refused.
    public mutating func integer<Integer: FixedWidthInteger & UnsignedInteger>(
        _ type: Integer.Type = Integer.self
    ) throws(ChainPrimitivesError) -> Integer {
        let offset = rest.startIndex
        let content = try content(.bytes)
        if content.first == 0 { throw Self.error("an integer with a leading zero", at: offset) }
        guard content.count * 8 <= Integer.bitWidth else {
            throw Self.error("an integer of \(content.count) bytes does not fit \(Integer.bitWidth) bits", at: offset)
        }
        return content.reduce(0) { $0 << 8 | Integer($1) }
    }

    /// Enters a list: the returned reader has its items.
    public mutating func list() throws(ChainPrimitivesError) -> RLPReader { RLPReader(rest: try content(.list)) }

    /// Passes over the next item with everything in it, checking it, and returns its encoding.
    ///
    /// It does not recurse, so that no depth of nesting exhausts the stack.
    @discardableResult
    public mutating func skip() throws(ChainPrimitivesError) -> [UInt8] {
        let start = rest
        var open: [ArraySlice<UInt8>] = []
        let (kind, content) = try item()
        if kind == .list { open.append(content) }
        while let content = open.popLast() {
            var inside = RLPReader(rest: content)
            if inside.isAtEnd { continue }
            let (kind, inner) = try inside.item()
            open.append(inside.rest)
            if kind == .list { open.append(inner) }
        }
        return Array(start[..<rest.startIndex])
    }

    /// Checks that nothing is left.
    public func finish() throws(ChainPrimitivesError) {
        if !rest.isEmpty { throw Self.error("\(rest.count) bytes too many", at: rest.startIndex) }
    }

    private mutating func content(_ expected: Kind) throws(ChainPrimitivesError) -> ArraySlice<UInt8> {
        let offset = rest.startIndex
        let (kind, content) = try item()
        guard kind == expected else {
            throw Self.error("expected \(expected == .list ? "a list" : "a byte string")", at: offset)
        }
        return content
    }

    /// The next item's kind and content; moves behind it.
    private mutating func item() throws(ChainPrimitivesError) -> (Kind, ArraySlice<UInt8>) {
        let offset = rest.startIndex
        guard let first = rest.first else { throw Self.error("the bytes end where an item is due", at: offset) }
        switch first {
        case ..<0x80:
            return (.bytes, take(1))
        case 0x80...0xB7:
            rest = rest.dropFirst()
            let content = try take(UInt64(first - 0x80), at: offset)
            if content.count == 1, let byte = content.first, byte < 0x80 {
                throw Self.error("a byte below 0x80 with a prefix", at: offset)
            }
            return (.bytes, content)
        case 0xC0...0xF7:
            rest = rest.dropFirst()
            return (.list, try take(UInt64(first - 0xC0), at: offset))
        default:
            let isList = first > 0xF7
            rest = rest.dropFirst()
            let length = try longLength(Int(first - (isList ? 0xF7 : 0xB7)), at: offset)
            return (isList ? .list : .bytes, try take(length, at: offset))
        }
    }

    private mutating func longLength(_ count: Int, at offset: Int) throws(ChainPrimitivesError) -> UInt64 {
        guard rest.count >= count else { throw Self.error("the bytes end inside a length", at: offset) }
        let digits = take(count)
        if digits.first == 0 { throw Self.error("a length with a leading zero", at: offset) }
        let length = digits.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length > 55 else { throw Self.error("a long length for \(length) bytes", at: offset) }
        return length
    }

    private mutating func take(_ count: UInt64, at offset: Int) throws(ChainPrimitivesError) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else {
            throw Self.error("an item of \(count) bytes where \(rest.count) are left", at: offset)
        }
        return take(Int(count))
    }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8> {
        let taken = rest.prefix(count)
        rest = rest.dropFirst(count)
        return taken
    }

    private static func error(_ message: String, at offset: Int) -> ChainPrimitivesError {
        ChainPrimitivesError(.malformedRLP, message, offset: offset)
    }
}
