/// Reads the part of ASN.1's distinguished encoding (X.690) that keys and signatures are written in.
struct DERReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }
    private init(rest: ArraySlice<UInt8>) { self.rest = rest }

    /// The tag of the next element; `nil` at the end.
    var nextTag: UInt8? { rest.first }

    mutating func sequence() throws(FlowError) -> DERReader { DERReader(rest: try element(0x30)) }
    mutating func octetString() throws(FlowError) -> [UInt8] { Array(try element(0x04)) }
    mutating func objectIdentifier() throws(FlowError) -> [UInt8] { Array(try element(0x06)) }
    /// An element with a tag of the context, `[number]`, constructed.
    mutating func explicit(_ number: UInt8) throws(FlowError) -> DERReader {
        DERReader(rest: try element(0xA0 + number))
    }

    /// A bit string with whole bytes.
    mutating func bitString() throws(FlowError) -> [UInt8] {
        let content = try element(0x03)
        guard content.first == 0 else { throw Self.error("a bit string with unused bits") }
        return Array(content.dropFirst())
    }

    /// A number without sign, as that many bytes.
    mutating func unsignedInteger(byteCount: Int) throws(FlowError) -> [UInt8] {
        let content = try element(0x02)
        guard let first = content.first, first < 0x80 else { throw Self.error("an empty or negative integer") }
        let digits = first == 0 ? content.dropFirst() : content
        if first == 0, content.count > 1, digits.first ?? 0 < 0x80 {
            throw Self.error("an integer with a leading zero")
        }
        guard digits.count <= byteCount else { throw Self.error("an integer over \(byteCount) bytes") }
        return [UInt8](repeating: 0, count: byteCount - digits.count) + digits
    }

    func finish() throws(FlowError) {
        if !rest.isEmpty { throw Self.error("\(rest.count) bytes too many") }
    }

    private mutating func element(_ tag: UInt8) throws(FlowError) -> ArraySlice<UInt8> {
        guard rest.first == tag, rest.count >= 2 else { throw Self.error("an element is missing or of another type") }
        var length = Int(rest[rest.startIndex + 1])
        rest = rest.dropFirst(2)
        if length >= 0x80 {
            let count = length - 0x80
            guard (1...2).contains(count), rest.count >= count else { throw Self.error("a length that is not read") }
            length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(count)
            guard length >= (count == 1 ? 0x80 : 0x100) else { throw Self.error("a length that is not the shortest") }
        }
        guard rest.count >= length else { throw Self.error("the bytes end inside an element") }
        let content = rest.prefix(length)
        rest = rest.dropFirst(length)
        return content
    }

    private static func error(_ message: String) -> FlowError { FlowError(.invalidKey, message) }
}
