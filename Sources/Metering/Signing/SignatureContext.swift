/// What a signature is for.
///
/// Signed is the context's line and then the document, so a signature of one kind of document is never one of another.
public struct SignatureContext: Sendable, Hashable {
    let line: String

    /// Receipts: `flowmeter receipt 1` and a line feed come before the bytes of ``CanonicalReceipt``.
    public static let receipt = SignatureContext(line: "flowmeter receipt 1\n")
    /// Epoch commitments: `flowmeter commitment 1` and a line feed come before the canonical JSON.
    public static let commitment = SignatureContext(line: "flowmeter commitment 1\n")

    func message(_ document: [UInt8]) -> [UInt8] { Array(line.utf8) + document }
}
