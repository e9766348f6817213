/// A value inside a ``JSONDocument``.
struct JSONNode: Sendable {
    let document: JSONDocument
    let index: Int

    private var node: JSONDocument.Node { document.nodes[index] }

    /// What the value is.
    var kind: JSONDocument.Kind { node.kind }
    /// Where the value is in the text.
    var offset: Int { Int(node.start) }
    var isNull: Bool { node.kind == .null }

    // MARK: Scalars

    /// The text of a string.
    func string(_ what: @autoclosure () -> String = "a string") throws(FlowError) -> String {
        guard node.kind == .string, let text = JSONText.decoded(document.bytes, node) else { throw mismatch(what()) }
        return text
    }

    /// A string's bytes between the quotes; escapes are not decoded.
    func rawString() throws(FlowError) -> ArraySlice<UInt8> {
        guard node.kind == .string else { throw mismatch("a string") }
        return document.bytes[Int(node.start)..<Int(node.end)]
    }

    /// The text of a number.
    func numberText() throws(FlowError) -> String {
        guard node.kind == .number else { throw mismatch("a number") }
        return String(decoding: document.bytes[Int(node.start)..<Int(node.end)], as: UTF8.self)
    }

    func bool() throws(FlowError) -> Bool {
        guard node.kind == .bool else { throw mismatch("true or false") }
        return document.bytes[Int(node.start)] == UInt8(ascii: "t")
    }

    /// Whether the value is the string `text`.
    func isString(_ text: StaticString) -> Bool {
        guard node.kind == .string else { return false }
        if node.hasEscapes { return JSONText.decoded(document.bytes, node) == text.description }
        let count = text.utf8CodeUnitCount
        guard Int(node.end - node.start) == count else { return false }
        return text.withUTF8Buffer { document.bytes[Int(node.start)..<Int(node.end)].elementsEqual($0) }
    }

    // MARK: Containers

    /// Calls `body` with each element of an array.
    func forEachElement(_ body: (JSONNode) throws(FlowError) -> Void) throws(FlowError) {
        guard node.kind == .array else { throw mismatch("an array") }
        var child = index + 1
        while child < Int(node.next) {
            try body(JSONNode(document: document, index: child))
            child = Int(document.nodes[child].next)
        }
    }

    /// The elements of an array, each changed by `transform`.
    func elements<Element>(
        _ transform: (JSONNode) throws(FlowError) -> Element
    ) throws(FlowError) -> [Element] {
        var elements: [Element] = []
        try forEachElement { (node) throws(FlowError) in elements.append(try transform(node)) }
        return elements
    }

    /// Calls `body` with each key and value of an object.
    func forEachMember(_ body: (JSONNode, JSONNode) throws(FlowError) -> Void) throws(FlowError) {
        guard node.kind == .object else { throw mismatch("an object") }
        var child = index + 1
        while child < Int(node.next) {
            try body(JSONNode(document: document, index: child), JSONNode(document: document, index: child + 1))
            child = Int(document.nodes[child + 1].next)
        }
    }

    /// The member of an object, or `nil` if there is none.
    func member(_ key: StaticString) throws(FlowError) -> JSONNode? {
        guard node.kind == .object else { throw mismatch("an object") }
        var child = index + 1
        while child < Int(node.next) {
            if JSONNode(document: document, index: child).isString(key) {
                return JSONNode(document: document, index: child + 1)
            }
            child = Int(document.nodes[child + 1].next)
        }
        return nil
    }

    /// The member of an object, which must be there.
    subscript(key: StaticString) -> JSONNode {
        get throws(FlowError) {
            guard let member = try member(key) else {
                throw FlowError(.malformedJSON, "the member '\(key)' is missing", offset: offset)
            }
            return member
        }
    }

    /// An object's member that may be missing or `null`.
    func optional(_ key: StaticString) throws(FlowError) -> JSONNode? {
        guard let member = try member(key), !member.isNull else { return nil }
        return member
    }

    /// How many members an object has.
    func memberCount() throws(FlowError) -> Int {
        var count = 0
        try forEachMember { (_, _) throws(FlowError) in count += 1 }
        return count
    }

    func mismatch(_ expected: String) -> FlowError {
        FlowError(.malformedJSON, "expected \(expected), found \(kind == .null ? "null" : "a \(kind)")", offset: offset)
    }
}
