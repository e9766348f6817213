internal import ChainPrimitives
internal import Flow

/// What the fuzzers of the chain formats do with an input; each function returns a description of what is wrong, or `nil`.
public enum FlowFuzzHarness {
    /// Reads `bytes` as JSON-Cadence: what is accepted must be written and read back as the same value.
    public static func cadenceJSON(_ bytes: [UInt8]) -> String? {
        let value: CadenceValue
        do throws(FlowError) { value = try CadenceValue(json: bytes) } catch {
            let isExpected = error.code == .malformedJSON || error.code == .malformedValue
            return isExpected ? nil : "an error of another kind: \(error.code)"
        }
        do throws(FlowError) {
            let written = try value.json()
            guard try CadenceValue(json: written) == value else { return "another value was read back" }
            guard try CadenceValue(json: written).json() == written else { return "writing is not stable" }
            guard try CadenceValue(encoding: value) == value, try value.decoded(as: CadenceValue.self) == value else {
                return "the value is not taken as it is"
            }
            guard !value.description.isEmpty else { return "the value is printed as nothing" }
            try mapping(value)
            return nil
        } catch {
            return "a value that was read cannot be written and read: \(error)"
        }
    }

    /// Reads a value as Swift types: each gives a value or says what does not fit.
    private static func mapping(_ value: CadenceValue) throws(FlowError) {
        func read<Value: Decodable>(_ type: Value.Type) throws(FlowError) {
            do throws(FlowError) { _ = try value.decoded(as: type) } catch {
                if error.code != .typeMismatch { throw error }
            }
        }
        try read([String: CadenceValue].self)
        try read([CadenceValue?].self)
        try read([FlowAddress: UFix64?].self)
        try read(Int8?.self)
        try read(CadenceComposite.self)
        try read(String.self)
    }

    /// Reads `bytes` as RLP, by skipping and by walking, and as a transaction.
    public static func rlp(_ bytes: [UInt8]) -> String? {
        var skipping = RLPReader(bytes)
        let skipped: [UInt8]?
        do throws(ChainPrimitivesError) { skipped = try skipping.skip() } catch { skipped = nil }
        if let skipped, skipped != Array(bytes.prefix(skipped.count)) { return "skipping returned other bytes" }

        var encoder = RLPEncoder()
        var walking = RLPReader(bytes)
        do throws(ChainPrimitivesError) {
            try copy(&walking, to: &encoder, depth: 0)
            // One item has one encoding.
            guard encoder.encoded == skipped else { return "an item was written back with other bytes" }
        } catch {
            if skipped != nil, error.code != .invalidKey { return "skipping accepts what walking refuses" }
        }
        do throws(FlowError) {
            let transaction = try FlowTransaction(encoded: bytes)
            guard transaction.encoded == bytes else { return "a transaction was written back with other bytes" }
        } catch {
            // lint: dropped. Most bytes are no transaction.
        }
        return nil
    }

    private static func copy(
        _ reader: inout RLPReader, to encoder: inout RLPEncoder, depth: Int
    ) throws(ChainPrimitivesError) {
        // This walk recurses; the reader itself has no limit.
        guard depth < 500 else { throw ChainPrimitivesError(.invalidKey, "deeper than this walk goes") }
        guard reader.nextKind == .list else {
            encoder.bytes(try reader.bytes())
            return
        }
        var list = try reader.list()
        try encoder.list { (encoder) throws(ChainPrimitivesError) in
            while !list.isAtEnd { try copy(&list, to: &encoder, depth: depth + 1) }
        }
    }
}
