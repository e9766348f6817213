public import Metering
internal import Synchronization

/// Shared reservations for a gateway: each customer's calls that begin and end at the same time share a transaction.
///
/// The calls of one customer take turns, so a gateway is never in its own way, and one transaction serves all that came
/// during the one before. While the graph is away a reservation fails at once; what ended is kept, and noted when the
/// graph is back.
public final class Neo4jReservationQueue: SharedReservations {
    /// The longest pause between two tries to note what has ended, and the first one.
    private static let delays: (first: Duration, longest: Duration) = (.milliseconds(100), .seconds(5))
    /// The most calls of one transaction.
    private static let batchLimit = 500

    private struct Asked: Sendable {
        var lease: SharedLease
        var completion: @Sendable (Result<SharedReservation, MeteringError>) -> Void
    }

    private struct Waiting {
        var limits = SpendLimits()
        var now = Timestamp(milliseconds: 0)
        var ended: [Neo4jReservations.Ended] = []
        var asked: [Asked] = []
        /// Somebody works these off.
        var isServed = false
        var isPausing = false
        var failures = 0
    }

    /// How serving a customer ended.
    private enum Outcome {
        /// Nothing waits.
        case done
        /// The graph is away; after the pause, it is tried again. Without one somebody pauses already.
        case away(pause: Duration?)
    }

    private struct State {
        var customers: [CustomerID: Waiting] = [:]
        var isFinished = false
    }

    private let reservations: Neo4jReservations
    private let sleep: @Sendable (Duration) async throws -> Void
    private let state = Mutex(State())
    private let calls: AsyncStream<CustomerID>
    private let call: AsyncStream<CustomerID>.Continuation

    /// Creates a queue; nothing is done before ``run()``.
    ///
    /// - Parameter sleep: Waits for that long; injected by tests.
    public init(
        _ reservations: Neo4jReservations,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.reservations = reservations
        self.sleep = sleep
        (calls, call) = AsyncStream.makeStream()
    }

    /// Works the queue off until ``finish()``, and what waits then once more.
    public func run() async {
        await withDiscardingTaskGroup { group in
            for await customer in calls {
                group.addTask {
                    guard case .away(let pause?) = await self.serve(customer) else { return }
                    await self.retry(customer, after: pause)
                }
            }
            // Whoever waits for a pause to end is tried at once.
            group.cancelAll()
        }
        let left = state.withLock { $0.customers.keys.map(\.self) }
        for customer in left {
            // The graph is away: the next start of this gateway ends what is left.
            guard case .done = await serve(customer) else { return }
        }
    }

    /// Takes nothing more; ``run()`` returns when what waits was tried.
    public func finish() {
        state.withLock { $0.isFinished = true }
        call.finish()
    }

    // MARK: SharedReservations

    /// See `SharedReservations`.
    public func reserve(
        _ customer: CustomerID, limits: SpendLimits, upperBound: PicoUSD, now: Timestamp,
        completion: @escaping @Sendable (Result<SharedReservation, MeteringError>) -> Void
    ) {
        let lease = reservations.lease(for: customer, upperBound: upperBound, now: now)
        let isAdmitted = add(to: customer) { waiting in
            waiting.limits = limits
            waiting.now = now
            waiting.asked.append(Asked(lease: lease, completion: completion))
        }
        if !isAdmitted { completion(.failure(MeteringError(.storeClosed, "the gateway ends"))) }
    }

    /// See `SharedReservations`.
    public func settle(_ lease: SharedLease, as event: EventID, charge: UsageEvent.Charge, now: Timestamp) {
        _ = add(to: lease.customer) {
            $0.ended.append(Neo4jReservations.Ended(lease: lease, event: event, charge: charge, time: now))
        }
    }

    /// See `SharedReservations`.
    public func release(_ lease: SharedLease) {
        _ = add(to: lease.customer) { $0.ended.append(Neo4jReservations.Ended(lease: lease)) }
    }

    private func add(to customer: CustomerID, _ change: (inout Waiting) -> Void) -> Bool {
        let (isAdmitted, isIdle) = state.withLock { state in
            guard !state.isFinished else { return (false, false) }
            change(&state.customers[customer, default: Waiting()])
            let isIdle = state.customers[customer]?.isServed == false
            state.customers[customer]?.isServed = true
            return (true, isIdle)
        }
        if isIdle { call.yield(customer) }
        return isAdmitted
    }

    // MARK: Working it off

    /// Takes turns for a customer until nothing waits, or the graph is away and nobody asks.
    private func serve(_ customer: CustomerID) async -> Outcome {
        while let (turn, asked) = next(customer) {
            var ended = turn.ended
            var mayHaveHappened = false
            do throws(MeteringError) {
                let answers = try await reservations.take(turn) { mayHaveHappened = true }
                state.withLock { $0.customers[customer]?.failures = 0 }
                answer(asked, answers)
            } catch {
                for asked in asked { asked.completion(.failure(error)) }
                // Who was told that nothing is reserved must hold nothing.
                if mayHaveHappened { ended += turn.asked.map { Neo4jReservations.Ended(lease: $0) } }
                if let outcome = putBack(ended, of: customer) { return outcome }
            }
        }
        return .done
    }

    private func answer(_ asked: [Asked], _ answers: Neo4jReservations.Answers) {
        for (asked, refusal) in zip(asked, answers.refusals) {
            if let refusal {
                asked.completion(.success(.refused(refusal)))
            } else if let standing = answers.standing {
                asked.completion(.success(.granted(asked.lease, standing)))
            }
        }
    }

    private func next(_ customer: CustomerID) -> (Neo4jReservations.Turn, [Asked])? {
        state.withLock { state in
            guard var waiting = state.customers[customer], !waiting.ended.isEmpty || !waiting.asked.isEmpty else {
                state.customers[customer] = nil
                return nil
            }
            let asked = Array(waiting.asked.prefix(Self.batchLimit))
            let ended = Array(waiting.ended.prefix(Self.batchLimit))
            waiting.asked.removeFirst(asked.count)
            waiting.ended.removeFirst(ended.count)
            state.customers[customer] = waiting
            let turn = Neo4jReservations.Turn(
                customer: customer, limits: waiting.limits, now: waiting.now, ended: ended, asked: asked.map(\.lease))
            return (turn, asked)
        }
    }

    /// Keeps what could not be noted for later, unless somebody asks or nothing is left.
    private func putBack(_ ended: [Neo4jReservations.Ended], of customer: CustomerID) -> Outcome? {
        state.withLock { state in
            guard var waiting = state.customers[customer] else { return nil }
            waiting.ended.insert(contentsOf: ended, at: 0)
            waiting.failures += 1
            defer { state.customers[customer] = waiting }
            guard waiting.asked.isEmpty, !waiting.ended.isEmpty else { return nil }
            waiting.isServed = false
            // One pause at a time, however many ask and fail during it.
            guard !waiting.isPausing else { return .away(pause: nil) }
            waiting.isPausing = true
            return .away(pause: min(Self.delays.first * (1 << min(waiting.failures - 1, 16)), Self.delays.longest))
        }
    }

    private func retry(_ customer: CustomerID, after pause: Duration) async {
        do { try await sleep(pause) } catch {
            return  // The queue ends, and tries once more by itself.
        }
        _ = add(to: customer) { $0.isPausing = false }
    }
}
