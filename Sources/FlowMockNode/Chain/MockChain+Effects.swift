extension MockChain {
    /// A failure of the virtual machine.
    struct Failure: Error {
        var code: Int
        var message: String
    }

    /// Carries out one effect and returns the events that the virtual machine emits for it (cadence `stdlib/flow.go`).
    mutating func apply(_ effect: MockEffect, at height: UInt64) throws(Failure) -> [MockEvent] {
        switch effect {
        case .createAccount(let keys, let funds):
            var address: MockAddress
            repeat {
                accountCount += 1
                address = MockAddress(index: accountCount, network: settings.network)
            } while accounts[address] != nil
            // An account starts with the smallest balance that it must keep.
            accounts[address] = AccountState(keys: keys, balance: 100_000 + funds, contracts: [:], at: height)
            return [MockEvent(type: "flow.AccountCreated", fields: [("address", json(address))])]
                + keys.enumerated().map { keyAdded(address, $1, index: $0) }
        case .addKey(let address, let key):
            guard var account = accounts[address] else { throw notFound(address) }
            let index = account.add(key, at: height)
            accounts[address] = account
            return [keyAdded(address, key, index: index)]
        case .revokeKey(let address, let index):
            guard let keys = accounts[address]?.keys else { throw notFound(address) }
            guard keys.indices.contains(index) else {
                throw Failure(code: 1202, message: "account public key not found: address \(address), index \(index)")
            }
            accounts[address]?.keys[index].isRevoked.set(true, at: height)
            return [
                MockEvent(
                    type: "flow.AccountKeyRemoved",
                    fields: [("address", json(address)), ("keyIndex", #"{"value":"\#(index)","type":"Int"}"#)])
            ]
        case .deploy(let address, let name, let code):
            guard var contracts = accounts[address]?.contracts.latest else { throw notFound(address) }
            let isNew = contracts.updateValue(code, forKey: name) == nil
            accounts[address]?.contracts.set(contracts, at: height)
            return [
                MockEvent(
                    type: isNew ? "flow.AccountContractAdded" : "flow.AccountContractUpdated",
                    fields: [("address", json(address)), ("contract", #"{"value":"\#(name)","type":"String"}"#)])
            ]
        case .transfer(let sender, let receiver, let amount):
            guard let from = accounts[sender]?.balance.latest else { throw notFound(sender) }
            guard let to = accounts[receiver]?.balance.latest else { throw notFound(receiver) }
            guard from >= amount else {
                throw Failure(
                    code: 1101,
                    message: "cadence runtime error: Execution failed:\nerror: pre-condition failed: Amount withdrawn "
                        + "must be less than or equal than the balance of the Vault\n")
            }
            guard sender != receiver else { return [] }
            accounts[sender]?.balance.set(from - amount, at: height)
            accounts[receiver]?.balance.set(to + amount, at: height)
            return []
        }
    }

    private func notFound(_ address: MockAddress) -> Failure {
        Failure(code: 1201, message: "account not found for address \(address)")
    }

    private func json(_ address: MockAddress) -> String { #"{"value":"0x\#(address)","type":"Address"}"# }

    private func keyAdded(_ address: MockAddress, _ key: MockAccountKey, index: Int) -> MockEvent {
        let bytes = key.publicKey.map { #"{"value":"\#($0)","type":"UInt8"}"# }.joined(separator: ",")
        // The codes of Cadence's enums differ from those of account keys: P-256 is 1 there.
        let curve = key.curve == .p256 ? 1 : 2
        let publicKey =
            #"{"value":{"id":"PublicKey","fields":[{"value":{"value":[\#(bytes)],"type":"Array"},"name":"publicKey"},"#
            + #"{"value":{"value":{"id":"SignatureAlgorithm","fields":[{"value":{"value":"\#(curve)","type":"UInt8"},"#
            + #""name":"rawValue"}]},"type":"Enum"},"name":"signatureAlgorithm"}]},"type":"Struct"}"#
        let hash =
            #"{"value":{"id":"HashAlgorithm","fields":[{"value":{"value":"\#(key.hash.rawValue)","type":"UInt8"},"#
            + #""name":"rawValue"}]},"type":"Enum"}"#
        return MockEvent(
            type: "flow.AccountKeyAdded",
            fields: [
                ("address", json(address)), ("publicKey", publicKey),
                ("weight", FixedPoint.json(UInt64(clamping: key.weight) * 100_000_000)), ("hashAlgorithm", hash),
                ("keyIndex", #"{"value":"\#(index)","type":"Int"}"#),
            ])
    }
}
