import FlowMockNode
import Testing

@testable import Flow

/// Two readings of the same rules, written apart: the client's checks, and the mock's of a node and a virtual machine.
@Suite("What the checks say, and what becomes of a transaction", .timeLimit(.minutes(10)))
struct TransactionVerdictTests {
    /// An account with keys on both curves and with both hashes.
    private struct Party: Sendable {
        let address: FlowAddress
        let signers: [InMemorySigner]
        let weights: [Int]

        init(index: UInt64, weights: [Int]) throws {
            address = try FlowChain.emulator.address(index: index)
            self.weights = weights
            signers = try weights.indices.map { number in
                InMemorySigner(
                    try .generate(number.isMultiple(of: 2) ? .ecdsaP256 : .ecdsaSecp256k1),
                    hash: number < 2 ? .sha3 : .sha2)
            }
        }

        var account: MockAccessNode.Account {
            .init(
                keys: zip(signers, weights).map { signer, weight in
                    MockAccountKey(
                        publicKey: signer.publicKey.rawRepresentation,
                        curve: signer.publicKey.algorithm == .ecdsaP256 ? .p256 : .secp256k1,
                        hash: signer.hashAlgorithm == .sha3 ? .sha3 : .sha2, weight: weight)
                })
        }
    }

    private let parties: [Party]

    init() throws {
        parties = [
            try Party(index: 5, weights: [0, 0, 1000]), try Party(index: 6, weights: [1000, 400, 600]),
            try Party(index: 7, weights: [500, 500, 1000]),
        ]
    }

    /// A transaction with random roles, signed by random keys of those who must sign, mostly enough of them.
    private func transaction(
        _ node: MockAccessNode, _ block: FlowIdentifier, _ random: inout SeededGenerator
    ) async throws -> FlowTransaction {
        func party() -> Party { parties.randomElement(using: &random) ?? parties[0] }
        let (proposer, payer) = (party(), party())
        let key = Int.random(in: 0..<3, using: &random)
        let number = node.sequenceNumber(of: MockAddress(number: proposer.address.rawValue), key: key) ?? 0
        var transaction = try FlowTransaction(
            script: "transaction(n: UInt64) { prepare(a: &Account) {} }", arguments: [.uint64(random.next())],
            referenceBlockID: block,
            proposalKey: ProposalKey(address: proposer.address, keyIndex: UInt32(key), sequenceNumber: number),
            payer: payer.address,
            authorizers: (0..<Int.random(in: 0...2, using: &random)).map { _ in party().address })
        func keys(of party: Party) -> [Int] {
            let random = Bool.random(using: &random) ? [0, 1, 2] : [Int.random(in: 0..<3, using: &random)]
            return party.address == proposer.address ? Array(Set(random + [key])) : random
        }
        let signing = parties.filter { transaction.signers.contains($0.address) }
        for party in signing where party.address != payer.address {
            for key in keys(of: party) {
                try await transaction.sign(payload: party.signers[key], address: party.address, keyIndex: UInt32(key))
            }
        }
        for key in keys(of: payer) {
            try await transaction.sign(envelope: payer.signers[key], address: payer.address, keyIndex: UInt32(key))
        }
        return transaction
    }

    /// Changes something behind the signers' backs; three times of four nothing that a node sees at once.
    private func change(_ transaction: inout FlowTransaction, _ random: inout SeededGenerator) {
        let list =
            Bool.random(using: &random) && !transaction.payloadSignatures.isEmpty
            ? \FlowTransaction.payloadSignatures : \.envelopeSignatures
        let index = transaction[keyPath: list].indices.randomElement(using: &random) ?? 0
        let someone = parties.randomElement(using: &random)?.address ?? transaction.payer
        switch Int.random(in: 0..<18, using: &random) {
        case 0: transaction[keyPath: list].remove(at: index)
        case 1: transaction[keyPath: list].append(transaction[keyPath: list][index])
        case 2: transaction[keyPath: list][index].signature[Int.random(in: 0..<64, using: &random)] ^= 1
        case 3: transaction[keyPath: list][index].signature = .init(repeating: 0, count: 64)
        case 4: transaction[keyPath: list][index].signature.removeLast()
        case 5:
            let data: [[UInt8]] = [[0], [0, 0], [2], [1, 0xC0], [1] + random.bytes(50)]
            transaction[keyPath: list][index].extensionData = data.randomElement(using: &random) ?? [0]
        case 6: transaction[keyPath: list][index].keyIndex = UInt32.random(in: 0...3, using: &random)
        case 7: transaction[keyPath: list][index].address = someone
        case 8: transaction.gasLimit = [0, 1, 9999, 10_000].randomElement(using: &random) ?? 0
        case 9: transaction.authorizers.append(someone)
        case 10: transaction.payer = someone
        case 11: transaction.proposalKey.keyIndex = UInt32.random(in: 0...2, using: &random)
        case 12:
            let moved = transaction[keyPath: list].remove(at: index)
            transaction.payloadSignatures.append(moved)
        default: break
        }
    }

    private static func passes(_ check: () throws -> Void) -> Bool {
        do { try check() } catch { return false }
        return true
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `a node takes what passes, and the chain runs what is signed`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await ChainHarness.with({ configuration in
            configuration.blocks = .perTransaction
            configuration.chain.chargesFees = false
            configuration.chain.executionLag = 0
            configuration.chain.sealingLag = 0
            for party in parties {
                configuration.chain.accounts[MockAddress(number: party.address.rawValue)] = party.account
            }
        }) { harness in
            var keys: [FlowAddress: [AccountKey]] = [:]
            for party in parties { keys[party.address] = try await harness.client.keys(of: party.address) }
            let block = try await harness.client.block(.latestFinal).id
            var verdicts: [String: Int] = [:]
            for round in 0..<40 {
                var transaction = try await transaction(harness.node, block, &random)
                change(&transaction, &random)
                let isChecked = Self.passes { try transaction.check(on: .emulator) }
                let isSigned = Self.passes { try transaction.verifySignatures(keys: keys) }
                var isTaken = true
                var failure: ExecutionFailure?
                do throws(FlowError) {
                    failure = try await harness.client.result(of: harness.client.send(transaction)).failure
                } catch {
                    #expect(error.code == .refused)
                    isTaken = false
                }
                // Only the chain looks for the proposal key itself; the check does, too.
                #expect(isChecked || !isTaken || !isSigned, "seed \(seed), round \(round)")
                #expect(isTaken || !isChecked, "seed \(seed), round \(round)")
                if isTaken {
                    // What fails later, such as a wrong sequence number or the body itself, was signed well.
                    let isRefused = failure?.keepsSequenceNumber == true && failure?.code != .invalidSequenceNumber
                    #expect(isRefused != isSigned, "seed \(seed), round \(round): \(failure?.message ?? "no failure")")
                }
                verdicts[isTaken ? (isSigned ? "runs" : "fails") : "refused", default: 0] += 1
            }
            #expect(verdicts.count == 3, "\(verdicts)")
        }
    }
}
