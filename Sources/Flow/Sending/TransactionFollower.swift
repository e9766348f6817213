/// Follows one signed transaction to its end: the sealed result, or the certainty that it can no longer land.
///
/// The certainty rests on the chain, not on a node's silence. When everything that could hold the transaction is sealed,
/// the proposal key's sequence number at such a height tells: unchanged, the transaction is in no block and never will be;
/// used, it is in one, and its result is asked for until a node that knows it answers.
struct TransactionFollower: Sendable {
    enum Verdict: Sendable {
        /// With the id of the transaction, which may be one that was signed for the intent before.
        case sealed(TransactionResult, FlowIdentifier)
        /// It never was in a block, and cannot be any more.
        case cannotLand(reason: String)
        /// A node found it malformed before anybody can have taken it.
        case refused(FlowError)
        /// Its sequence number was used, and nobody knows it; with what a node said when it was sent.
        case indeterminate(reason: String)
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
        var refusal: FlowError?
        var count = 0
        while true {
            try await client.sleep(questions.pause(now: client.clock.now))
            count += 1
            if count.isMultiple(of: Self.patience) { try await compareNodes() }
            let asked = client.clock.now
            let answer = try await answer(attempt.id)
            questions.found(answer.status, asked: asked, now: client.clock.now)
            switch answer.status {
            case .executed?, .sealed?:
                misses = 0
                if !isExecuted, answer.result?.failure == nil { onExecuted() }
                isExecuted = true
                if let result = answer.result, result.isSealed { return try await verdict(attempt, result) }
            case .pending?, .finalized?: misses = 0
            case .unknown?, .expired?, nil:
                misses += 1
                let isTime = misses.isMultiple(of: configuration.resendAfterMisses)
                if isTime || answer.status == .expired, let verdict = try await judgeExpiry(attempt, refusal) {
                    return verdict
                }
                if isTime {
                    var isInDoubt = true
                    refusal = try await resend(attempt, isInDoubt: &isInDoubt) ?? refusal
                }
            }
        }
    }

    /// After how many questions it is looked whether the node that answers them stands still.
    private static let patience = 20

    /// Asks for the chain's height, which shows a node that stands still; seldom, however many transactions wait.
    private func compareNodes() async throws(FlowError) {
        guard client.nodes.count > 1 else { return }
        do throws(FlowError) { _ = try await heights.block(.latestSealed, age: NodePool.comparisonInterval) } catch {
            if Task.isCancelled { throw FlowError(.closed, "following the transaction was cancelled") }
        }
    }

    /// Sends bytes that were never sent before.
    ///
    /// - Returns: The node's error when no node would ever take such a transaction, and none that was asked before it can
    ///   have taken it.
    private func send(_ attempt: SignedAttempt) async throws(FlowError) -> FlowError? {
        var isInDoubt = false
        let refusal = try await resend(attempt, isInDoubt: &isInDoubt)
        guard let refusal, !isInDoubt, refusal.code == .refused, Self.isForEver(refusal.message) else { return nil }
        return refusal
    }

    /// Sends the bytes; the same bytes are the same transaction, however often they arrive.
    ///
    /// - Parameter isInDoubt: Set when a node may have taken the transaction, whatever the error says.
    /// - Returns: The node's error when it does not take them, or takes them for another transaction.
    private func resend(_ attempt: SignedAttempt, isInDoubt: inout Bool) async throws(FlowError) -> FlowError? {
        do throws(FlowError) {
            _ = try await client.send(attempt.transaction, isInDoubt: &isInDoubt)
            return nil
        } catch {
            if Task.isCancelled { throw FlowError(.closed, "following the transaction was cancelled") }
            let isRefusal = [.refused, .executionFailed, .idMismatch].contains(error.code)
            return isRefusal ? error : nil
        }
    }

    /// Whether the node's text is about the transaction itself, and so will always be the answer.
    ///
    /// Anything else, such as an unknown reference block, a limited rate or a payer without means, may pass (flow-go
    /// `access/validator/errors.go`).
    private static func isForEver(_ message: String) -> Bool {
        [
            "missing required fields", "failed to parse transaction Cadence script", "gas limit", "invalid address",
            "duplicated signature", "missing signature", "unrelated account signature", "has an invalid format",
            "invalid extension data", "exceeds the maximum byte size", "unknown field", "is required", "(HTTP 413)",
        ].contains { message.contains($0) }
    }

    /// What a node says about a transaction.
    enum Answer {
        case result(TransactionResult)
        /// It does not know it.
        case unknown
        /// It says nothing.
        case failure

        var result: TransactionResult? { if case .result(let result) = self { result } else { nil } }
        var status: TransactionStatus? { result?.status }

        /// Whether a sealed result is to come, or the node's word.
        var isComing: Bool {
            switch self {
            case .result(let result): result.status == .finalized || result.status == .executed
            case .unknown: false
            case .failure: true
            }
        }
    }

    func answer(_ id: FlowIdentifier) async throws(FlowError) -> Answer {
        do throws(FlowError) { return .result(try await client.result(of: id)) } catch {
            if Task.isCancelled { throw FlowError(.closed, "following the transaction was cancelled") }
            return error.code == .notFound ? .unknown : .failure
        }
    }

    // MARK: The end of its life

    private func judgeExpiry(_ attempt: SignedAttempt, _ refusal: FlowError?) async throws(FlowError) -> Verdict? {
        let last = attempt.referenceHeight.addingSaturated(configuration.expiryBlocks)
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
        let reason = refusal.map { "; when it was sent again: \($0.message.prefix(1000))" } ?? ""
        if number <= key.sequenceNumber {
            return .cannotLand(
                reason: "no block up to height \(last) has it, and none after that can have it\(reason)")
        }
        if let verdict = try await searchLast(attempt, behind: last) { return verdict }
        return try await former(attempt) ?? .indeterminate(reason: reason)
    }

    /// Asks for a transaction whose life is over and whose sequence number was used; `nil` when nobody knows it.
    ///
    /// Only those count who have seen its whole life: not a node that fails, nor one that is behind.
    private func searchLast(_ attempt: SignedAttempt, behind last: UInt64) async throws(FlowError) -> Verdict? {
        var misses = 0
        while misses < configuration.lastQuestions {
            let isPast = try await isPast(last)
            switch try await answer(attempt.id) {
            case .result(let result) where result.isSealed: return try await verdict(attempt, result)
            case let answer: misses += isPast && !answer.isComing ? 1 : 0
            }
            try await client.sleep(configuration.pollInterval)
        }
        return nil
    }

    /// Whether the node that is asked now has sealed a height.
    private func isPast(_ height: UInt64) async throws(FlowError) -> Bool {
        do throws(FlowError) { return try await client.block(.latestSealed).height > height } catch {
            if Task.isCancelled { throw FlowError(.closed, "following the transaction was cancelled") }
            return false
        }
    }
}
