// How the access node writes numbers, ids and bytes (onflow/flow `openapi/access.yaml`).
extension JSONNode {
    /// An unsigned integer, which is written as a decimal string.
    func uint64() throws(FlowError) -> UInt64 {
        if kind == .number, let value = UInt64(try numberText()) { return value }
        guard kind == .string, let value = UInt64(try string()) else { throw bad("an unsigned integer") }
        return value
    }

    func uint32() throws(FlowError) -> UInt32 {
        guard let value = UInt32(exactly: try uint64()) else { throw bad("an integer of 32 bits") }
        return value
    }

    func identifier() throws(FlowError) -> FlowIdentifier {
        do { return try FlowIdentifier(try string()) } catch { throw bad("an id") }
    }

    /// An id that may be missing, which is written as an empty string.
    func optionalIdentifier(_ key: StaticString) throws(FlowError) -> FlowIdentifier? {
        guard let node = try optional(key), !node.isString("") else { return nil }
        return try node.identifier()
    }

    /// A text that may be missing.
    func text(_ key: StaticString) throws(FlowError) -> String { try optional(key)?.string() ?? "" }

    func accountAddress() throws(FlowError) -> FlowAddress {
        do { return try FlowAddress(try string()) } catch { throw bad("an address") }
    }

    /// Bytes in base 64.
    func base64() throws(FlowError) -> [UInt8] {
        guard let bytes = Base64.decode(try rawString()) else { throw bad("base 64") }
        return bytes
    }

    func bad(_ expected: String) -> FlowError { FlowError(.malformedAnswer, "expected \(expected)", offset: offset) }
}
