internal import Synchronization

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
    private typealias Waiter = CheckedContinuation<Result<TransactionOutcome, FlowError>, Never>

    private let client: FlowClient
    private let pool: KeyPool
    private let roles: TransactionRoles
    private let storage: any OutboxStorage
    private let configuration: SenderConfiguration
    private let heights: ChainHeights
    private let follower: TransactionFollower
    /// The intents that are being worked on, and who else waits for them.
    private let active = Mutex<[String: [Waiter]]>([:])

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
        let unfinished: [(String, SignedAttempt)]
        do {
            unfinished = try await storage.unfinished().compactMap { record in
                if case .signed(let attempt) = record.state { (record.key, attempt) } else { nil }
            }
        } catch {
            throw FlowError(.storage, "what was on its way cannot be read from the storage: \(error)", cause: error)
        }
        for (_, attempt) in unfinished { reserve(attempt) }
        return try await Self.collect(unfinished) { (key, attempt) throws(FlowError) in
            try await self.once(key) { () throws(FlowError) in
                try await self.drive(key, intent: TransactionIntent(key: key, attempt), from: attempt)
            }
        }
    }

    /// Runs `work` on all items at once.
    private static func collect(
        _ items: [(String, SignedAttempt)],
        _ work: @escaping @Sendable (String, SignedAttempt) async throws(FlowError) -> TransactionOutcome
    ) async throws(FlowError) -> [String: TransactionOutcome] {
        do {
            return try await withThrowingTaskGroup(of: (String, TransactionOutcome).self) { group in
                for (key, attempt) in items { group.addTask { (key, try await work(key, attempt)) } }
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

    /// Makes an intent happen and returns how it ended.
    ///
    /// An intent that has ended before is answered from the storage, and one that is on its way is waited for. It takes
    /// until the result is sealed; cancelling stops the waiting, not the transaction, which ``resume()`` of a later sender
    /// takes up.
    ///
    /// - Throws: ``FlowError/Code/storage`` when nothing was sent because it could not be stored,
    ///   ``FlowError/Code/noKey`` when no key can be used, ``FlowError/Code/closed`` when cancelled.
    public func submit(_ intent: TransactionIntent) async throws(FlowError) -> TransactionOutcome {
        try await once(intent.key) { () throws(FlowError) in
            switch try await self.stored(intent.key)?.state {
            case .done(let outcome): return outcome
            case .signed(let attempt):
                self.reserve(attempt)
                return try await self.drive(intent.key, intent: intent, from: attempt)
            case nil: return try await self.drive(intent.key, intent: intent, from: nil)
            }
        }
    }

    private func stored(_ key: String) async throws(FlowError) -> OutboxRecord? {
        do { return try await storage.record(key) } catch {
            throw FlowError(.storage, "the storage cannot be read, so nothing was sent: \(error)", cause: error)
        }
    }

    private func save(_ record: OutboxRecord) async throws(FlowError) {
        do { try await storage.save(record) } catch {
            throw FlowError(.storage, "the storage cannot be written: \(error)", cause: error)
        }
    }

    /// Runs `work` unless the key is worked on already; then its end is waited for.
    private func once(
        _ key: String, _ work: () async throws(FlowError) -> TransactionOutcome
    ) async throws(FlowError) -> TransactionOutcome {
        let isFirst = active.withLock { active in
            if active[key] != nil { return false }
            active[key] = []
            return true
        }
        guard isFirst else {
            let other: Result<TransactionOutcome, FlowError>? = await withCheckedContinuation { continuation in
                let isActive = active.withLock { active in active[key]?.append(continuation) != nil }
                if !isActive { continuation.resume(returning: .failure(Self.again)) }
            }
            if case .failure(let error) = other, error.message == Self.again.message {
                return try await once(key, work)
            }
            return try (other ?? .failure(Self.again)).get()
        }
        let result: Result<TransactionOutcome, FlowError>
        do throws(FlowError) { result = .success(try await work()) } catch { result = .failure(error) }
        for waiter in active.withLock({ $0.removeValue(forKey: key) }) ?? [] { waiter.resume(returning: result) }
        return try result.get()
    }

    /// The other's work ended just before its end could be waited for.
    private static let again = FlowError(.closed, "the intent ended in between")

    // MARK: One intent

    /// Works on an intent until it has ended.
    ///
    /// Until a transaction was executed its key stays taken; an error that leaves it on its way leaves the key taken.
    private func drive(
        _ key: String, intent: TransactionIntent, from stored: SignedAttempt?
    ) async throws(FlowError) -> TransactionOutcome {
        var current = stored
        var isFresh = false
        while true {
            let attempt: SignedAttempt
            if let current {
                attempt = current
            } else {
                attempt = try await sign(intent, number: 1)
                isFresh = true
            }
            let hold = lease(of: attempt).map { KeyHold(pool, $0) }
            let verdict = try await follower.follow(attempt, isFresh: isFresh) { hold?.release(.used) }
            switch conclude(attempt, verdict) {
            case .ended(let outcome, let use):
                try await save(OutboxRecord(key: key, state: .done(outcome)))
                hold?.release(use)
                return outcome
            case .again(let use):
                current = try await signAnew(intent, after: attempt, with: hold, use)
                isFresh = true
            }
        }
    }

    private enum Conclusion {
        case ended(TransactionOutcome, KeyPool.Use)
        case again(KeyPool.Use)
    }

    private func conclude(_ attempt: SignedAttempt, _ verdict: TransactionFollower.Verdict) -> Conclusion {
        let id = attempt.id
        let isLast = attempt.number >= configuration.maximumAttempts
        switch verdict {
        case .sealed(let result):
            guard let failure = result.failure else {
                let success = TransactionOutcome.Success(
                    id: id, blockID: result.blockID, computationUsed: result.computationUsed, fee: result.fee)
                return .ended(.succeeded(success), .used)
            }
            if failure.code == .invalidSequenceNumber, !isLast {
                return .again(failure.actualSequenceNumber.map { .next($0) } ?? .unknown)
            }
            let executed = TransactionOutcome.Failure(
                .executed, id: id, code: failure.code, message: String(failure.message.prefix(1000)))
            // Most other failures use the number up, but not all of them: the chain is asked.
            let number = attempt.transaction.proposalKey.sequenceNumber
            let isKept = failure.keepsSequenceNumber && failure.code != .invalidSequenceNumber
            return .ended(.failed(executed), isKept ? .next(number) : .unknown)
        case .cannotLand(let reason):
            if !isLast { return .again(.unknown) }
            return .ended(.failed(TransactionOutcome.Failure(.expired, id: id, message: reason)), .unknown)
        case .refused(let error):
            return .ended(.failed(TransactionOutcome.Failure(.refused, id: id, message: error.message)), .unknown)
        case .indeterminate:
            let message = "the sequence number of key \(attempt.transaction.proposalKey.keyIndex) was used by another"
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

    /// Signs an intent's first transaction and stores it, with a key that is taken for it.
    private func sign(_ intent: TransactionIntent, number: UInt32) async throws(FlowError) -> SignedAttempt {
        let lease = try await pool.take()
        let attempt: SignedAttempt
        do throws(FlowError) {
            let block = try await heights.block(.latestFinal, age: configuration.referenceAge)
            attempt = try await sign(intent, number: number, with: lease, reference: block)
        } catch {
            pool.release(lease, .next(lease.sequenceNumber))
            throw error
        }
        do throws(FlowError) {
            try await save(OutboxRecord(key: intent.key, state: .signed(attempt)))
        } catch {
            // What was stored in spite of the error will be sent one day: its number must stay its own.
            if try await !isStored(attempt, for: intent.key) {
                pool.release(lease, .next(lease.sequenceNumber))
            }
            throw error
        }
        return attempt
    }

    /// Signs an intent's next transaction and stores it, with the key of the one before.
    ///
    /// That key is not given back in between. If it were, another transaction could use its sequence number, and after a
    /// crash just then nobody could tell any more that it was not the stored one which used it.
    private func signAnew(
        _ intent: TransactionIntent, after last: SignedAttempt, with hold: KeyHold?, _ use: KeyPool.Use
    ) async throws(FlowError) -> SignedAttempt {
        guard let lease = try await hold?.renew(use) else {
            // Nobody of this pool can use that key.
            return try await sign(intent, number: last.number + 1)
        }
        let attempt = try await sign(
            intent, number: last.number + 1, with: lease, reference: try await referenceBlock())
        try await save(OutboxRecord(key: intent.key, state: .signed(attempt)))
        return attempt
    }

    /// The block to refer to, as soon as a node tells it: an intent on its way is not left for trouble that passes.
    private func referenceBlock() async throws(FlowError) -> FlowBlock {
        while true {
            do throws(FlowError) {
                return try await heights.block(.latestFinal, age: configuration.referenceAge)
            } catch {
                if Task.isCancelled { throw FlowError(.closed, "signing anew was cancelled", cause: error) }
                try await client.sleep(configuration.pollInterval)
            }
        }
    }

    private func sign(
        _ intent: TransactionIntent, number: UInt32, with lease: KeyPool.Lease, reference: FlowBlock
    ) async throws(FlowError) -> SignedAttempt {
        var transaction = FlowTransaction(
            script: intent.script, encodedArguments: intent.arguments, referenceBlockID: reference.id,
            gasLimit: intent.gasLimit,
            proposalKey: ProposalKey(
                address: pool.address, keyIndex: lease.keyIndex, sequenceNumber: lease.sequenceNumber),
            payer: roles.payer, authorizers: roles.authorizers)
        try await roles.sign(&transaction, proposer: pool.signer)
        return SignedAttempt(transaction: transaction, referenceHeight: reference.height, number: number)
    }

    /// Whether the storage has an attempt; asks until it answers.
    private func isStored(_ attempt: SignedAttempt, for key: String) async throws(FlowError) -> Bool {
        while true {
            do {
                return try await storage.record(key)?.state == .signed(attempt)
            } catch {
                // Cancelled, the attempt's key stays taken.
                if Task.isCancelled {
                    throw FlowError(.closed, "the storage does not answer", cause: error)
                }
                try await client.sleep(configuration.pollInterval)
            }
        }
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
