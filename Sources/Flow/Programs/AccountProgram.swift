internal import BigInt

/// A Cadence transaction that changes an account in one of the usual ways: source and arguments, without who sends it.
///
/// Each has one authorizer, the account that is changed; for ``createAccount(keys:funds:on:)`` and
/// ``transfer(_:to:on:)`` that is the account that gives.
///
/// ```swift
/// let program = try AccountProgram.addKeys(Array(repeating: NewAccountKey(key, weight: 0), count: 50))
/// let outcome = try await sender.submit(TransactionIntent(key: "pool-keys", program: program))
/// ```
public struct AccountProgram: Sendable, Hashable {
    /// The source, imports with addresses.
    public let script: String
    /// The arguments.
    public let arguments: [CadenceValue]

    /// Creates an account; its address is in the event `flow.AccountCreated`.
    ///
    /// - Parameter funds: What the payer gives it in FLOW, besides the smallest balance that every account has.
    public static func createAccount(
        keys: [NewAccountKey], funds: UFix64 = .zero, on chain: FlowChain
    ) throws(FlowError) -> AccountProgram {
        AccountProgram(
            script: try imported(AccountPrograms.createAccount, chain),
            arguments: try keys.arguments + [.ufix64(funds)])
    }

    /// Adds keys; each one's index is in an event `flow.AccountKeyAdded`.
    public static func addKeys(_ keys: [NewAccountKey]) throws(FlowError) -> AccountProgram {
        AccountProgram(script: AccountPrograms.addKeys, arguments: try keys.arguments)
    }

    /// Revokes a key, for good.
    public static func revokeKey(_ index: UInt32) -> AccountProgram {
        AccountProgram(script: AccountPrograms.revokeKey, arguments: [.int(BigInt(index))])
    }

    /// Deploys a contract.
    public static func addContract(_ name: String, code: String) -> AccountProgram {
        AccountProgram(script: AccountPrograms.addContract, arguments: [.string(name), .string(code)])
    }

    /// Replaces a contract by a newer version of it.
    public static func updateContract(_ name: String, code: String) -> AccountProgram {
        AccountProgram(script: AccountPrograms.updateContract, arguments: [.string(name), .string(code)])
    }

    /// Gives FLOW to another account.
    public static func transfer(
        _ amount: UFix64, to receiver: FlowAddress, on chain: FlowChain
    ) throws(FlowError) -> AccountProgram {
        AccountProgram(
            script: try imported(AccountPrograms.transfer, chain), arguments: [.ufix64(amount), .address(receiver)])
    }

    private static func imported(_ script: String, _ chain: FlowChain) throws(FlowError) -> String {
        try ContractAliases.standard(on: chain).rewriteImports(of: script)
    }
}

extension TransactionIntent {
    /// Creates an intent that a program runs once.
    public init(
        key: String, program: AccountProgram, gasLimit: UInt64 = FlowTransaction.maximumGasLimit
    ) throws(FlowError) {
        try self.init(key: key, script: program.script, arguments: program.arguments, gasLimit: gasLimit)
    }
}
