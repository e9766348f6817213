import Metering
import Synchronization

/// Waits for the results of many calls.
final class OutcomeCollector: Sendable {
    typealias Outcome = Result<[AppendOutcome], MeteringError>

    private let results = Mutex<[Int: Outcome]>([:])
    private let count: Int
    private let done: @Sendable ([Int: Outcome]) -> Void

    init(count: Int, done: @escaping @Sendable ([Int: Outcome]) -> Void) {
        self.count = count
        self.done = done
    }

    func add(_ outcome: Outcome, at index: Int) {
        let all = results.withLock { results in
            results[index] = outcome
            return results.count == count ? results : nil
        }
        if let all { done(all) }
    }
}
