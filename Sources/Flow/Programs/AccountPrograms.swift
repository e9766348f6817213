/// The sources of ``AccountProgram``.
enum AccountPrograms {
    /// Adds the keys of the parameters to `account`, at the indentation of a `prepare`.
    private static let addAllKeys = """
                var index = 0
                while index < publicKeys.length {
                    account.keys.add(
                        publicKey: PublicKey(
                            publicKey: publicKeys[index].decodeHex(),
                            signatureAlgorithm: SignatureAlgorithm(rawValue: curves[index])!
                        ),
                        hashAlgorithm: HashAlgorithm(rawValue: hashes[index])!,
                        weight: weights[index]
                    )
                    index = index + 1
                }
        """

    static let createAccount = """
        import "FungibleToken"
        import "FlowToken"

        transaction(publicKeys: [String], curves: [UInt8], hashes: [UInt8], weights: [UFix64], funds: UFix64) {
            prepare(payer: auth(BorrowValue) &Account) {
                let account = Account(payer: payer)
        \(addAllKeys)
                if funds > 0.0 {
                    let vault = payer.storage
                        .borrow<auth(FungibleToken.Withdraw) &FlowToken.Vault>(from: /storage/flowTokenVault)
                        ?? panic("The payer has no vault of FLOW")
                    account.capabilities.borrow<&{FungibleToken.Receiver}>(/public/flowTokenReceiver)!
                        .deposit(from: <-vault.withdraw(amount: funds))
                }
            }
        }
        """

    static let addKeys = """
        transaction(publicKeys: [String], curves: [UInt8], hashes: [UInt8], weights: [UFix64]) {
            prepare(account: auth(AddKey) &Account) {
        \(addAllKeys)
            }
        }
        """

    static let revokeKey = """
        transaction(index: Int) {
            prepare(account: auth(RevokeKey) &Account) {
                account.keys.revoke(keyIndex: index) ?? panic("The account has no key of this index")
            }
        }
        """

    static let addContract = """
        transaction(name: String, code: String) {
            prepare(account: auth(AddContract) &Account) {
                account.contracts.add(name: name, code: code.utf8)
            }
        }
        """

    static let updateContract = """
        transaction(name: String, code: String) {
            prepare(account: auth(UpdateContract) &Account) {
                account.contracts.update(name: name, code: code.utf8)
            }
        }
        """

    static let transfer = """
        import "FungibleToken"
        import "FlowToken"

        transaction(amount: UFix64, receiver: Address) {
            let sent: @{FungibleToken.Vault}

            prepare(sender: auth(BorrowValue) &Account) {
                let vault = sender.storage
                    .borrow<auth(FungibleToken.Withdraw) &FlowToken.Vault>(from: /storage/flowTokenVault)
                    ?? panic("The sender has no vault of FLOW")
                self.sent <- vault.withdraw(amount: amount)
            }

            execute {
                let deposit = getAccount(receiver).capabilities
                    .borrow<&{FungibleToken.Receiver}>(/public/flowTokenReceiver)
                    ?? panic("The receiver cannot take FLOW")
                deposit.deposit(from: <-self.sent)
            }
        }
        """
}
