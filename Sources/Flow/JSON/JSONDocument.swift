/// A JSON text, checked whole in one pass and then read node by node without copying it (RFC 8259, strict).
///
/// JSON-Cadence needs a document rather than a stream: the node writes a value before the type that says how to read it.
/// Duplicate keys in an object are refused, because readers disagree about which of them counts.
final class JSONDocument: Sendable {
    /// How deep objects and arrays may nest.
    static let depthLimit = 256

    enum Kind: UInt8, Sendable {
        case object, array, string, number, bool, null
    }

    /// One value of the text.
    struct Node: Sendable {
        var kind: Kind
        var hasEscapes: Bool
        /// A string's range is between its quotes; that of others is whole.
        var start: UInt32
        var end: UInt32
        /// The index behind the last node inside of this one.
        var next: UInt32
    }

    let bytes: [UInt8]
    let nodes: [Node]

    init(_ bytes: [UInt8]) throws(FlowError) {
        guard bytes.count < Int(UInt32.max) else { throw FlowError(.malformedJSON, "a text over 4 GiB") }
        self.bytes = bytes
        var scanner = JSONScanner(bytes)
        nodes = try scanner.scan()
    }

    /// The outermost value.
    var root: JSONNode { JSONNode(document: self, index: 0) }
}
