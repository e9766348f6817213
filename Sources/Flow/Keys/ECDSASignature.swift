/// The two forms of an ECDSA signature.
public enum ECDSASignature {
    /// r and s, 32 bytes each, of a signature in DER (RFC 3279, section 2.2.3), the form of most key services.
    public static func rawRepresentation(der: [UInt8]) throws(FlowError) -> [UInt8] {
        do {
            var reader = DERReader(der)
            var sequence = try reader.sequence()
            let raw = try sequence.unsignedInteger(byteCount: 32) + sequence.unsignedInteger(byteCount: 32)
            try sequence.finish()
            try reader.finish()
            return raw
        } catch {
            throw FlowError(.invalidSignature, "the bytes are no ECDSA signature in DER: \(error.message)")
        }
    }

    /// Whether the bytes can be a signature on the curve: r and s, 32 bytes each, from 1 to the group's order minus 1.
    ///
    /// Access nodes refuse transactions with other signatures.
    public static func isWellFormed(_ signature: [UInt8], for algorithm: SignatureAlgorithm) -> Bool {
        guard signature.count == 64 else { return false }
        let order = algorithm.order
        return [signature[..<32], signature[32...]].allSatisfy { half in
            half.contains { $0 != 0 } && half.lexicographicallyPrecedes(order)
        }
    }
}
