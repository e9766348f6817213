/// Makes intents happen once: signs, stores, sends, follows, and signs anew only when what was sent can no longer land.
///
/// Before a transaction is sent it is in the storage, so a process that dies can take up where it was: call ``resume()``
/// once, before the first ``submit(_:)``. The same key is never done twice, across processes and restarts, as long as the
/// storage is kept and one sender at a time uses it and the pool's keys.
///
///     let sender = TransactionSender(client: client, pool: pool, roles: .single(address), storage: outbox)
///     try await sender.resume()
///     let outcome = try await sender.submit(TransactionIntent(key: "epoch-7", script: source, arguments: [.uint64(7)]))
public final class TransactionSender: Sendable {
    let client: FlowClient
    let pool: KeyPool
    let roles: TransactionRoles
    let storage: any OutboxStorage
    let configuration: SenderConfiguration
    let heights: ChainHeights
    private let follower: TransactionFollower
    let active = ActiveIntents()

    /// Creates a sender; nothing is sent yet.
    public init(
        client: FlowClient, pool: KeyPool, roles: TransactionRoles, storage: any OutboxStorage,
        configuration: SenderConfiguration = SenderConfiguration()
    ) {
        self.client = client
        self.pool = pool
        self.roles = roles
        self.storage = storage
        self.configuration = configuration
        heights = ChainHeights(client: client)
        follower = TransactionFollower(client: client, heights: heights, configuration: configuration)
    }

    /// Follows what an earlier run left on its way to its end.
    ///
    /// Their keys are reserved at once, before this first waits.
    ///
    /// - Returns: The outcomes by the intents' keys.
    @discardableResult
    public func resume() async throws(FlowError) -> [String: TransactionOutcome] {
        let unfinished: [OutboxRecord]
        do { unfinished = try await storage.unfinished() } catch {
            throw FlowError(.storage, "what was on its way cannot be read from the storage: \(error)", cause: error)
        }
        for record in unfinished {
            guard case .signed(let attempt) = record.state else { continue }
            reserve(attempt)
            // Should this end early, whoever needs the key follows the intent.
            active.leave(record.key)
        }
        return try await follow(unfinished.map(\.key))
    }

    /// Follows intents to their ends, all at once.
    private func follow(_ keys: [String]) async throws(FlowError) -> [String: TransactionOutcome] {
        do {
            return try await withThrowingTaskGroup(of: (String, TransactionOutcome).self) { group in
                for key in keys { group.addTask { (key, try await self.follow(key)) } }
                var outcomes: [String: TransactionOutcome] = [:]
                for try await (key, outcome) in group { outcomes[key] = outcome }
                return outcomes
            }
        } catch let error as FlowError {
            throw error
        } catch {
            throw FlowError(.closed, "resuming was cancelled", cause: error)
        }
    }

    /// Follows an intent that is stored to its end.
    func follow(_ key: String) async throws(FlowError) -> TransactionOutcome {
        try await active.once(key, as: nil) { () throws(FlowError) in
            // What was read before may have been overtaken by somebody who submitted the intent.
            guard let record = try await self.stored(key) else {
                throw FlowError(.storage, "the storage has lost the record of '\(key.prefix(80))'")
            }
            self.active.identify(key, as: record.content)
            switch record.state {
            case .done(let outcome): return outcome
            case .signed(let attempt):
                self.reserve(attempt)
                return try await self.drive(TransactionIntent(key: key, attempt), record.content, from: attempt)
            }
        }
    }

    /// Makes an intent happen and returns how it ended.
    ///
    /// An intent that has ended before is answered from the storage, and one that is on its way is waited for. It takes
    /// until the result is sealed; cancelling stops the waiting, not the transaction. It is followed further when the
    /// intent is submitted again, by ``resume()``, or beside the next intent that is submitted.
    ///
    /// - Throws: ``FlowError/Code/intentConflict`` when the key was used before for other content, whatever became of that,
    ///   ``FlowError/Code/storage`` when nothing was sent because it could not be stored,
    ///   ``FlowError/Code/noKey`` when no key can be used, ``FlowError/Code/closed`` when cancelled.
    public func submit(_ intent: TransactionIntent) async throws(FlowError) -> TransactionOutcome {
        let content = IntentDigest(intent, authorizers: roles.authorizers)
        return try await active.once(intent.key, as: content) { () throws(FlowError) in
            let record = try await self.stored(intent.key)
            try record?.content.check(content, key: intent.key)
            self.active.identify(intent.key, as: content)
            switch record?.state {
            case .done(let outcome): return outcome
            case .signed(let attempt):
                self.reserve(attempt)
                return try await self.drive(intent, content, from: attempt)
            case nil:
                return try await self.besideWhatIsLeft { () throws(FlowError) in
                    try await self.drive(intent, content, from: nil)
                }
            }
        }
    }

    private func stored(_ key: String) async throws(FlowError) -> OutboxRecord? {
        do { return try await storage.record(key) } catch {
            throw FlowError(.storage, "the storage cannot be read, so nothing was sent: \(error)", cause: error)
        }
    }

    func save(_ record: OutboxRecord) async throws(FlowError) {
        do { try await storage.save(record) } catch {
            throw FlowError(.storage, "the storage cannot be written: \(error)", cause: error)
        }
    }

    // MARK: One intent

    /// Works on an intent until it has ended.
    ///
    /// Until a transaction was executed its key stays taken; an error that leaves it on its way leaves the key taken.
    private func drive(
        _ intent: TransactionIntent, _ content: IntentDigest, from stored: SignedAttempt?
    ) async throws(FlowError) -> TransactionOutcome {
        var attempt: SignedAttempt
        var isFresh = false
        if let stored {
            attempt = stored
        } else {
            attempt = try await sign(intent, content, after: nil)
            isFresh = true
        }
        do throws(FlowError) {
            while true {
                let hold = lease(of: attempt).map { KeyHold(pool, $0, isExact: isFresh) }
                let verdict = try await follower.follow(attempt, isFresh: isFresh) { hold?.release(.used) }
                switch conclude(attempt, verdict) {
                case .again(let use): attempt = try await signAnew(intent, content, after: attempt, with: hold, use)
                case .keyInDoubt(let outcome):
                    guard let next = try await signIfRevoked(intent, content, after: attempt, with: hold) else {
                        return try await finish(intent.key, content, outcome, hold, .unknown)
                    }
                    attempt = next
                case .ended(let outcome, let use): return try await finish(intent.key, content, outcome, hold, use)
                }
                isFresh = true
            }
        } catch {
            // Its key would never come back if nobody followed it.
            active.leave(intent.key)
            throw error
        }
    }

    private func finish(
        _ key: String, _ content: IntentDigest, _ outcome: TransactionOutcome, _ hold: KeyHold?, _ use: KeyPool.Use
    ) async throws(FlowError) -> TransactionOutcome {
        try await save(OutboxRecord(key: key, content: content, state: .done(outcome)))
        hold?.release(use)
        return outcome
    }

    private enum Conclusion {
        case ended(TransactionOutcome, KeyPool.Use)
        case again(KeyPool.Use)
        /// It has ended so, unless it failed because its proposal key was revoked in the meantime.
        case keyInDoubt(TransactionOutcome)
    }

    private func conclude(_ attempt: SignedAttempt, _ verdict: TransactionFollower.Verdict) -> Conclusion {
        // With other authorizers it would be another intent.
        let isOther = attempt.transaction.authorizers != roles.authorizers
        let isLast = isOther || attempt.number >= configuration.maximumAttempts
        let id = attempt.id
        switch verdict {
        case .sealed(let result, let id):
            guard let failure = result.failure else {
                let success = TransactionOutcome.Success(
                    id: id, blockID: result.blockID, computationUsed: result.computationUsed, fee: result.fee)
                // One that was signed before says nothing about this one's number.
                return .ended(.succeeded(success), id == attempt.id ? .used : .unknown)
            }
            if failure.code == .invalidSequenceNumber, !isLast {
                return .again(failure.actualSequenceNumber.map { .next($0) } ?? .unknown)
            }
            let executed = TransactionOutcome.Failure(
                .executed, id: id, code: failure.code, message: String(failure.message.prefix(1000)))
            if failure.keepsSequenceNumber, !isLast { return .keyInDoubt(.failed(executed)) }
            // Most failures use the number up, but not all of them: the chain is asked.
            return .ended(.failed(executed), .unknown)
        case .cannotLand(let reason):
            if !isLast { return .again(.unknown) }
            let message = reason + (isOther ? "; it is not signed anew, because this sender has other authorizers" : "")
            return .ended(.failed(TransactionOutcome.Failure(.expired, id: id, message: message)), .unknown)
        case .refused(let error):
            return .ended(.failed(TransactionOutcome.Failure(.refused, id: id, message: error.message)), .unknown)
        case .indeterminate(let reason):
            let message =
                "the sequence number of key \(attempt.transaction.proposalKey.keyIndex) was used by another" + reason
            return .ended(.failed(TransactionOutcome.Failure(.indeterminate, id: id, message: message)), .unknown)
        }
    }

    /// An attempt's key and number; `nil` when the key is of another account than the pool's.
    private func lease(of attempt: SignedAttempt) -> KeyPool.Lease? {
        let key = attempt.transaction.proposalKey
        guard key.address == pool.address else { return nil }
        return KeyPool.Lease(keyIndex: key.keyIndex, sequenceNumber: key.sequenceNumber)
    }

    /// Keeps the key of an attempt that may be on its way from everybody else.
    private func reserve(_ attempt: SignedAttempt) {
        if let lease = lease(of: attempt) { pool.reserve(lease) }
    }
}

extension TransactionIntent {
    /// The intent that a stored transaction was signed for.
    init(key: String, _ attempt: SignedAttempt) {
        self.init(
            key: key, script: attempt.transaction.script, encodedArguments: attempt.transaction.arguments,
            gasLimit: attempt.transaction.gasLimit)
    }
}
