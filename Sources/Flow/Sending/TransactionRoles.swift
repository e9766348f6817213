/// A key that signs every transaction besides the pool's own: that of the payer, or of an authorizer.
public struct RoleSigner: Sendable {
    /// The account.
    public var address: FlowAddress
    /// The key's index in the account.
    public var keyIndex: UInt32
    /// What signs.
    public var signer: any FlowSigner

    /// Creates a signer of a role.
    public init(address: FlowAddress, keyIndex: UInt32, signer: any FlowSigner) {
        self.address = address
        self.keyIndex = keyIndex
        self.signer = signer
    }
}

/// Who pays for transactions, who authorizes them, and with which keys besides the proposal key.
public struct TransactionRoles: Sendable {
    /// The account that pays.
    public var payer: FlowAddress
    /// The accounts that the script's `prepare` is given.
    public var authorizers: [FlowAddress]
    /// The keys that sign, besides the pool's.
    ///
    /// None are needed when one account has all roles and its pool keys weigh 1000. Pool keys that weigh 0 need one more
    /// of full weight.
    public var signers: [RoleSigner]

    /// Creates the roles.
    public init(payer: FlowAddress, authorizers: [FlowAddress], signers: [RoleSigner] = []) {
        self.payer = payer
        self.authorizers = authorizers
        self.signers = signers
    }

    /// One account with all roles.
    public static func single(_ address: FlowAddress, signers: [RoleSigner] = []) -> TransactionRoles {
        TransactionRoles(payer: address, authorizers: [address], signers: signers)
    }

    /// Signs with all keys: payloads first, because the envelope is made of them.
    func sign(
        _ transaction: inout FlowTransaction, proposer: any FlowSigner
    ) async throws(FlowError) {
        let key = transaction.proposalKey
        var all = [RoleSigner(address: key.address, keyIndex: key.keyIndex, signer: proposer)]
        all += signers.filter { $0.address != key.address || $0.keyIndex != key.keyIndex }
        for role in all where role.address != payer {
            try await transaction.sign(payload: role.signer, address: role.address, keyIndex: role.keyIndex)
        }
        for role in all where role.address == payer {
            try await transaction.sign(envelope: role.signer, address: role.address, keyIndex: role.keyIndex)
        }
    }
}
