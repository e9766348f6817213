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
}
