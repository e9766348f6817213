import Metering
import Synchronization

/// Callers that append one event after the other.
final class Callers: Sendable {
    private let store: any UsageStore
    private let events: [UsageEvent]
    private let next = Atomic(0)
    private let finished = Atomic(0)
    private let done: @Sendable () -> Void

    init(store: any UsageStore, events: [UsageEvent], done: @escaping @Sendable () -> Void) {
        self.store = store
        self.events = events
        self.done = done
    }

    func submitNext() {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < events.count else { return }
        store.submit([events[index]]) { result in
            if case .failure(let error) = result { print(error) }
            let finished = self.finished.wrappingAdd(1, ordering: .relaxed).newValue
            if finished == self.events.count { self.done() } else { self.submitNext() }
        }
    }
}
