/// Follows one signed transaction to its end: the sealed result, or the certainty that it can no longer land.
///
/// The certainty rests on the chain, not on a node's silence. When everything that could hold the transaction is sealed,
/// the proposal key's sequence number at such a height tells: unchanged, the transaction is in no block and never will be;
/// used, it is in one, and its result is asked for until a node that knows it answers.
struct TransactionFollower: Sendable {
    enum Verdict: Sendable {
        case sealed(TransactionResult)
        /// It never was in a block, and cannot be any more.
        case cannotLand(reason: String)
        /// A node found it malformed before anybody can have taken it.
        case refused(FlowError)
        /// Its sequence number was used, and nobody knows it.
        case indeterminate
    }

    let client: FlowClient
    let heights: ChainHeights
    let configuration: SenderConfiguration
    let timing = ResultTiming()

    /// Sends and follows.
    ///
    /// - Parameters:
    ///   - isFresh: Whether these bytes were never sent before.
    ///   - onExecuted: Called once when the transaction has run without an error, its sequence number used up.
    /// - Throws: ``FlowError/Code/closed`` when cancelled; nothing else ends it early.
    func follow(
        _ attempt: SignedAttempt, isFresh: Bool, onExecuted: @escaping @Sendable () -> Void
    ) async throws(FlowError) -> Verdict {
        let start = client.clock.now
        if isFresh, timing.isKnown { return try await sendAndWatch(attempt, since: start, onExecuted) }
        if let refusal = try await send(attempt), isFresh { return .refused(refusal) }
        return try await watch(attempt, since: isFresh ? start : nil, onExecuted)
    }

    /// Sends, and asks for the result when it is to be expected, even if the answer to the sending is still to come: where
    /// blocks are sealed as fast as a node answers, waiting for both would take twice as long.
    private func sendAndWatch(
        _ attempt: SignedAttempt, since start: Duration, _ onExecuted: @escaping @Sendable () -> Void
    ) async throws(FlowError) -> Verdict {
        do {
            return try await withThrowingTaskGroup(of: Verdict?.self) { group in
                group.addTask { try await send(attempt).map { Verdict.refused($0) } }
                group.addTask { try await watch(attempt, since: start, onExecuted) }
                defer { group.cancelAll() }
                while let answer = try await group.next() {
                    if let verdict = answer { return verdict }
                }
                throw CancellationError()
            }
        } catch let error as FlowError {
            throw error
        } catch {
            throw FlowError(.closed, "following the transaction was cancelled", cause: error)
        }
    }

    /// Asks until there is a verdict, and sends again when nobody knows the transaction.
    ///
    /// - Parameter start: When the bytes were sent for the first time, if that was just now.
    private func watch(
        _ attempt: SignedAttempt, since start: Duration?, _ onExecuted: @Sendable () -> Void
    ) async throws(FlowError) -> Verdict {
        var questions = ResultQuestions(timing, since: start, interval: configuration.pollInterval)
        var isExecuted = false
        var misses = 0
        while true {
            try await client.sleep(questions.pause(now: client.clock.now))
            let asked = client.clock.now
            let result = try await result(attempt)
            questions.found(result?.status, asked: asked, now: client.clock.now)
            switch result?.status {
            case .executed?, .sealed?:
                misses = 0
                if !isExecuted, result?.failure == nil { onExecuted() }
                isExecuted = true
                if let result, result.isSealed { return .sealed(result) }
            case .pending?, .finalized?: misses = 0
            case .unknown?, .expired?, nil:
                misses += 1
                let isTime = misses.isMultiple(of: configuration.resendAfterMisses)
                if isTime || result?.status == .expired, let verdict = try await judgeExpiry(attempt) { return verdict }
                if isTime { _ = try await send(attempt) }
            }
        }
    }

    /// Sends the bytes; the same bytes are the same transaction, however often they arrive.
    ///
    /// - Returns: The node's error when no node would ever take such a transaction, and none that was asked before it can
    ///   have taken it.
    private func send(_ attempt: SignedAttempt) async throws(FlowError) -> FlowError? {
        var isInDoubt = false
        do throws(FlowError) {
            _ = try await client.send(attempt.transaction, isInDoubt: &isInDoubt)
            return nil
        } catch {
            if Task.isCancelled { throw FlowError(.closed, "following the transaction was cancelled") }
            return !isInDoubt && error.code == .refused && Self.isForEver(error.message) ? error : nil
        }
    }

    /// Whether the node's text is about the transaction itself, and so will always be the answer.
    ///
    /// Anything else, such as an unknown reference block or a limited rate, may pass (flow-go
    /// `access/validator/errors.go`).
    private static func isForEver(_ message: String) -> Bool {
        [
            "missing required fields", "failed to parse transaction Cadence script", "gas limit", "invalid address",
            "duplicated signature", "missing signature", "unrelated account signature", "has an invalid format",
            "invalid extension data", "exceeds the maximum byte size", "unknown field", "is required",
        ].contains { message.contains($0) }
    }

    private func result(_ attempt: SignedAttempt) async throws(FlowError) -> TransactionResult? {
        do throws(FlowError) { return try await client.result(of: attempt.id) } catch {
            if Task.isCancelled { throw FlowError(.closed, "following the transaction was cancelled") }
            // Whatever it is, it says nothing about the transaction.
            return nil
        }
    }

    private func judgeExpiry(_ attempt: SignedAttempt) async throws(FlowError) -> Verdict? {
        let last = attempt.referenceHeight + configuration.expiryBlocks
        let key = attempt.transaction.proposalKey
        let number: UInt64
        do throws(FlowError) {
            let sealed = try await heights.block(.latestSealed, age: configuration.heightAge).height
            guard sealed > last else { return nil }
            number = try await client.key(key.keyIndex, of: key.address, at: .height(sealed)).sequenceNumber
        } catch {
            if Task.isCancelled { throw FlowError(.closed, "following the transaction was cancelled") }
            return nil
        }
        if number <= key.sequenceNumber { return .cannotLand(reason: "its life of blocks is over") }
        for _ in 0..<configuration.lastQuestions {
            if let result = try await result(attempt), result.isSealed { return .sealed(result) }
            try await client.sleep(configuration.pollInterval)
        }
        return .indeterminate
    }
}
