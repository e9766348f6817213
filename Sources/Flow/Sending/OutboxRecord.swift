internal import ChainPrimitives

/// What is stored of an intent, so that no crash makes it happen twice or be forgotten.
public struct OutboxRecord: Sendable, Hashable {
    /// How far the intent is.
    public enum State: Sendable, Hashable {
        /// These bytes may have been sent: they must be followed to their end before others are signed.
        case signed(SignedAttempt)
        /// It has ended.
        case done(TransactionOutcome)
    }

    /// The intent's key.
    public var key: String
    /// What the intent asks for: the key stands for nothing else.
    public var content: IntentDigest
    /// How far it is.
    public var state: State

    /// Creates a record.
    public init(key: String, content: IntentDigest, state: State) {
        self.key = key
        self.content = content
        self.state = state
    }
}

/// A signed transaction on its way.
public struct SignedAttempt: Sendable, Hashable {
    /// The transaction, with its signatures.
    public var transaction: FlowTransaction
    /// The height of its reference block, from which its life counts.
    public var referenceHeight: UInt64
    /// How many transactions were signed for the intent, this one included.
    public var number: UInt32
    /// The ids of those that were signed for the intent before and found to have no effect.
    ///
    /// That rests on the chain's expiry. Where it was stated too short, one of them may have landed in spite of it; so they
    /// are asked for once more before another is signed.
    public var former: [FlowIdentifier]
    /// The transaction's id.
    public let id: FlowIdentifier

    /// Creates an attempt.
    public init(
        transaction: FlowTransaction, referenceHeight: UInt64, number: UInt32, former: [FlowIdentifier] = []
    ) {
        self.transaction = transaction
        self.referenceHeight = referenceHeight
        self.number = number
        self.former = former
        id = transaction.id
    }
}

// The stored form: RLP, because it is strict and here already.
extension OutboxRecord {
    /// The record as bytes, for storages.
    public var encoded: [UInt8] {
        var encoder = RLPEncoder()
        encoder.list { encoder in
            encoder.bytes(key.utf8)
            encoder.bytes(content.bytes)
            switch state {
            case .signed(let attempt):
                encoder.integer(UInt8(1))
                encoder.bytes(attempt.transaction.encoded)
                encoder.integer(attempt.referenceHeight)
                encoder.integer(attempt.number)
                encoder.bytes(attempt.former.flatMap(\.bytes))
            case .done(.succeeded(let success)):
                encoder.integer(UInt8(2))
                encoder.bytes(success.id.bytes)
                encoder.bytes(success.blockID?.bytes ?? [])
                encoder.integer(success.computationUsed)
                encoder.list { encoder in if let fee = success.fee { encoder.integer(fee.scaled) } }
            case .done(.failed(let failure)):
                encoder.integer(UInt8(3))
                encoder.bytes(failure.reason.rawValue.utf8)
                encoder.bytes(failure.id?.bytes ?? [])
                encoder.integer(UInt64(failure.code?.rawValue.magnitude ?? 0))
                encoder.bytes(failure.message.utf8)
            }
        }
        return encoder.encoded
    }

    /// Reads what ``encoded`` wrote.
    public init(encoded bytes: [UInt8]) throws(FlowError) {
        do {
            var reader = RLPReader(bytes)
            var list = try reader.list()
            try reader.finish()
            key = String(decoding: try list.bytes(), as: UTF8.self)
            content = try IntentDigest(bytes: try list.bytes())
            state = try Self.state(&list)
            try list.finish()
        } catch {
            throw FlowError(.storage, "a stored record cannot be read: \(error)", cause: error)
        }
    }

    private static func state(_ list: inout RLPReader) throws -> State {
        switch try list.integer(UInt8.self) {
        case 1:
            let transaction = try FlowTransaction(encoded: try list.bytes())
            return .signed(
                SignedAttempt(
                    transaction: transaction, referenceHeight: try list.integer(), number: try list.integer(),
                    former: try identifiers(try list.bytes())))
        case 2:
            let id = FlowIdentifier(hash: try list.bytes(count: 32))
            let block = try list.bytes()
            let computation = try list.integer(UInt64.self)
            var fee = try list.list()
            return .done(
                .succeeded(
                    TransactionOutcome.Success(
                        id: id, blockID: block.isEmpty ? nil : try FlowIdentifier(bytes: block),
                        computationUsed: computation, fee: fee.isAtEnd ? nil : UFix64(scaled: try fee.integer()))))
        case 3:
            let reason = String(decoding: try list.bytes(), as: UTF8.self)
            guard let reason = TransactionOutcome.Failure.Reason(rawValue: reason) else {
                throw FlowError(.storage, "unknown reason '\(reason.prefix(40))'")
            }
            let id = try list.bytes()
            let code = try list.integer(UInt32.self)
            return .done(
                .failed(
                    TransactionOutcome.Failure(
                        reason, id: id.isEmpty ? nil : try FlowIdentifier(bytes: id),
                        code: code == 0 ? nil : ExecutionFailure.Code(rawValue: Int(code)),
                        message: String(decoding: try list.bytes(), as: UTF8.self))))
        case let other: throw FlowError(.storage, "unknown kind of record \(other)")
        }
    }

    /// Ids that stand one behind the other.
    private static func identifiers(_ bytes: [UInt8]) throws -> [FlowIdentifier] {
        try stride(from: 0, to: bytes.count, by: 32).map { try FlowIdentifier(bytes: bytes[$0...].prefix(32)) }
    }
}
