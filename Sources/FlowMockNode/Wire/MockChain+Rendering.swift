internal import ChainPrimitives

/// What the chain looks like over REST (onflow/flow `openapi/access.yaml`).
extension MockChain {
    // MARK: Blocks

    func json(_ block: MockBlock, expanding names: Set<String> = []) -> MockJSON {
        var members: [MockJSON.Member] = [
            .init(
                name: "header",
                value: [
                    "id": .string(block.id), "parent_id": .string(block.parentID), "height": .string("\(block.height)"),
                    "timestamp": .string(block.time), "parent_voter_signature": .string(Base64.encode([1, 2, 3])),
                ])
        ]
        var expandable: [MockJSON.Member] = []
        if names.contains("payload") {
            members.append(.init(name: "payload", value: payload(block)))
        } else {
            expandable.append(.init(name: "payload", value: .string("/v1/blocks/\(block.id)/payload")))
        }
        expandable.append(.init(name: "execution_result", value: .string("/v1/execution_results/\(block.id)")))
        members.append(.init(name: "_expandable", value: .object(expandable)))
        members.append(.init(name: "_links", value: ["_self": .string("/v1/blocks/\(block.id)")]))
        let status = block.height <= sealedHeight ? "BLOCK_SEALED" : "BLOCK_FINALIZED"
        members.append(.init(name: "block_status", value: .string(status)))
        return .object(members)
    }

    func payload(_ block: MockBlock) -> MockJSON {
        let guarantees: [MockJSON] =
            block.collectionID.map { id in
                [
                    [
                        "collection_id": .string(id), "signer_indices": .string(Base64.encode([0xFF])),
                        "signature": .string(Base64.encode([0])), "reference_block_id": .string(block.parentID),
                        "cluster_chain_id": "cluster-0",
                    ]
                ]
            } ?? []
        return ["collection_guarantees": .array(guarantees), "block_seals": []]
    }

    // MARK: Transactions

    func json(_ transaction: MockTransaction, id: String, result: MockJSON? = nil) -> MockJSON {
        var members: [MockJSON.Member] = [
            .init(name: "id", value: .string(id)),
            .init(name: "script", value: .string(Base64.encode(transaction.script))),
            .init(name: "arguments", value: .array(transaction.arguments.map { .string(Base64.encode($0)) })),
            .init(name: "reference_block_id", value: .string(Hex.encode(transaction.referenceBlockID))),
            .init(name: "gas_limit", value: .string("\(transaction.gasLimit)")),
            .init(name: "payer", value: .string("\(transaction.payer)")),
            .init(
                name: "proposal_key",
                value: [
                    "address": .string("\(transaction.proposer)"),
                    "key_index": .string("\(transaction.proposalKeyIndex)"),
                    "sequence_number": .string("\(transaction.sequenceNumber)"),
                ]),
            .init(name: "authorizers", value: .array(transaction.authorizers.map { .string("\($0)") })),
            .init(name: "payload_signatures", value: .array(transaction.payloadSignatures.map(json))),
            .init(name: "envelope_signatures", value: .array(transaction.envelopeSignatures.map(json))),
        ]
        if let result {
            members.append(.init(name: "result", value: result))
            members.append(.init(name: "_expandable", value: [:]))
        } else {
            members.append(.init(name: "_expandable", value: ["result": .string("/v1/transaction_results/\(id)")]))
        }
        members.append(.init(name: "_links", value: ["_self": .string("/v1/transactions/\(id)")]))
        return .object(members)
    }

    private func json(_ signature: MockTransaction.Signature) -> MockJSON {
        var members: [MockJSON.Member] = [
            .init(name: "address", value: .string("\(signature.address)")),
            .init(name: "key_index", value: .string("\(signature.keyIndex)")),
            .init(name: "signature", value: .string(Base64.encode(signature.signature))),
        ]
        if !signature.extensionData.isEmpty {
            members.append(.init(name: "extension_data", value: .string(Base64.encode(signature.extensionData))))
        }
        return .object(members)
    }

    /// Where a transaction is on its way; each stage implies those before it.
    enum Stage: Int, Comparable, Sendable, CaseIterable {
        case pending = 1
        case finalized, executed, sealed, expired

        var name: String {
            switch self {
            case .pending: "Pending"
            case .finalized: "Finalized"
            case .executed: "Executed"
            case .sealed: "Sealed"
            case .expired: "Expired"
            }
        }

        static func < (one: Stage, other: Stage) -> Bool { one.rawValue < other.rawValue }
    }

    func stage(of entry: Entry) -> Stage {
        if entry.isExpired { return .expired }
        guard let place = entry.place else { return .pending }
        if place.height <= sealedHeight { return .sealed }
        return place.height <= executedHeight ? .executed : .finalized
    }

    /// The result as it looks at `stage`, which may be earlier than the one that the transaction has reached.
    func result(of entry: Entry, id: String, at stage: Stage) -> MockJSON {
        let block = stage >= .finalized && stage != .expired ? entry.place.flatMap { self.block(at: $0.height) } : nil
        let result = stage == .executed || stage == .sealed ? entry.result : nil
        let error = stage == .expired ? "transaction expired" : result?.errorMessage ?? ""
        let execution =
            if !error.isEmpty { "Failure" } else if stage == .sealed { "Success" } else { "Pending" }
        return [
            "block_id": .string(block?.id ?? ""), "collection_id": .string(block?.collectionID ?? ""),
            "execution": .string(execution), "status": .string(stage.name),
            "status_code": .number(error.isEmpty || stage == .expired ? "0" : "1"), "error_message": .string(error),
            "computation_used": .string("\(result?.computation ?? 0)"),
            "events": .array((result?.events ?? []).map(json)),
            "_links": ["_self": .string("/v1/transaction_results/\(id)")],
        ]
    }

    func json(_ event: EmittedEvent) -> MockJSON {
        [
            "type": .string(event.event.type), "transaction_id": .string(event.transactionID),
            "transaction_index": .string("\(event.transactionIndex)"), "event_index": .string("\(event.eventIndex)"),
            "payload": .string(Base64.encode(Array(event.event.payload.utf8))),
        ]
    }

    // MARK: Events

    /// A block's events of the types that `matches` accepts; `events` is left out when there are none.
    func events(of block: MockBlock, _ matches: (String) -> Bool) -> [MockJSON.Member] {
        let events = block.events.filter { matches($0.event.type) }
        var members: [MockJSON.Member] = [
            .init(name: "block_id", value: .string(block.id)),
            .init(name: "block_height", value: .string("\(block.height)")),
            .init(name: "block_timestamp", value: .string(block.time)),
        ]
        if !events.isEmpty { members.append(.init(name: "events", value: .array(events.map(json)))) }
        return members
    }

    // MARK: Accounts

    func json(_ address: MockAddress, _ account: AccountState, at height: UInt64, expanding names: Set<String>)
        -> MockJSON
    {
        let contracts = account.contracts.value(at: height) ?? [:]
        var members: [MockJSON.Member] = [
            .init(name: "address", value: .string("\(address)")),
            .init(name: "balance", value: .string("\(account.balance.value(at: height) ?? 0)")),
        ]
        var expandable: [MockJSON.Member] = []
        if names.contains("keys") {
            members.append(.init(name: "keys", value: .array(keys(of: account, at: height))))
        } else {
            expandable.append(.init(name: "keys", value: "keys"))
        }
        if names.contains("contracts") {
            let list = contracts.sorted { $0.key < $1.key }.map {
                MockJSON.Member(name: $0.key, value: .string(Base64.encode(Array($0.value.utf8))))
            }
            members.append(.init(name: "contracts", value: .object(list)))
        } else {
            expandable.append(.init(name: "contracts", value: "contracts"))
        }
        members.append(.init(name: "_expandable", value: .object(expandable)))
        members.append(.init(name: "_links", value: ["_self": .string("/v1/accounts/\(address)")]))
        return .object(members)
    }

    func keys(of account: AccountState, at height: UInt64) -> [MockJSON] {
        account.keys.enumerated().compactMap { index, key in json(key, index: index, at: height) }
    }

    /// The key as it was at `height`; `nil` when it was added later.
    func json(_ key: AccountState.Key, index: Int, at height: UInt64) -> MockJSON? {
        guard let sequenceNumber = key.sequenceNumber.value(at: height) else { return nil }
        return [
            "index": .string("\(index)"), "public_key": .string("0x" + Hex.encode(key.key.publicKey)),
            "signing_algorithm": .string(key.key.curve.name), "hashing_algorithm": .string(key.key.hash.name),
            "sequence_number": .string("\(sequenceNumber)"), "weight": .string("\(key.key.weight)"),
            "revoked": .bool(key.isRevoked.value(at: height) ?? false),
        ]
    }
}
