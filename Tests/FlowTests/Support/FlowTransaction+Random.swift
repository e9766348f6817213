@testable import Flow

extension FlowTransaction {
    /// A random transaction, with signatures that are random bytes.
    static func random(using random: inout SeededGenerator) -> FlowTransaction {
        let addresses = (0..<4).map { _ in FlowAddress(rawValue: random.next() | 1) }
        func address() -> FlowAddress { addresses.randomElement(using: &random) ?? addresses[0] }
        var transaction = FlowTransaction(
            script: String(repeating: "// x\n", count: Int.random(in: 0...300, using: &random)),
            encodedArguments: (0..<Int.random(in: 0...4, using: &random)).map { _ in
                random.bytes(Int.random(in: 0...300, using: &random))
            },
            referenceBlockID: FlowIdentifier(hash: random.bytes(32)), gasLimit: random.next() >> 50,
            proposalKey: ProposalKey(
                address: address(), keyIndex: UInt32.random(in: 0...300, using: &random),
                sequenceNumber: random.next() >> UInt64.random(in: 0..<64, using: &random)),
            payer: address(), authorizers: (0..<Int.random(in: 0...3, using: &random)).map { _ in address() })
        func signatures() -> [TransactionSignature] {
            transaction.signers.filter { _ in Bool.random(using: &random) }.map { signer in
                TransactionSignature(
                    address: signer, keyIndex: UInt32.random(in: 0...2000, using: &random),
                    signature: random.bytes(64),
                    extensionData: Bool.random(using: &random) ? [] : [1] + random.bytes(40))
            }
        }
        transaction.payloadSignatures = signatures()
        transaction.envelopeSignatures = signatures()
        return transaction
    }
}
