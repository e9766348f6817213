internal import Dispatch
internal import Metering
internal import Synchronization

/// Where callers leave submissions and the writer takes them: the commit in flight is what makes a group.
final class SubmissionQueue: Sendable {
    private struct State {
        var submissions: [Submission] = []
        var eventCount = 0
        var isClosed = false
        /// Set while the writer has nothing to do, so that only then it must be woken.
        var isWriterWaiting = false
    }

    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)

    /// Queues a submission; `false` when the queue is closed.
    func add(_ submission: Submission) -> Bool {
        let (isAccepted, isWakeUpDue) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.submissions.append(submission)
            state.eventCount += submission.events.count
            defer { state.isWriterWaiting = false }
            return (true, state.isWriterWaiting)
        }
        if isWakeUpDue { wakeUp.signal() }
        return isAccepted
    }

    /// Accepts no more submissions.
    ///
    /// Those that are queued are still taken.
    func close() {
        let isWakeUpDue = state.withLock { state in
            state.isClosed = true
            defer { state.isWriterWaiting = false }
            return state.isWriterWaiting
        }
        if isWakeUpDue { wakeUp.signal() }
    }

    /// Waits for submissions and takes all that are queued; `nil` when the queue is closed and empty.
    ///
    /// - Parameters:
    ///   - delay: How long to wait for more after the first, in microseconds.
    ///   - enough: No more waiting once so many events are queued.
    func take(delay: Int, enough: Int) -> [Submission]? {
        while true {
            let (taken, isClosed) = state.withLock { state -> ([Submission], Bool) in
                if delay > 0, !state.isClosed, !state.submissions.isEmpty, state.eventCount < enough {
                    return ([], false)
                }
                return (takeAll(&state), state.isClosed)
            }
            if !taken.isEmpty { return taken }
            if isClosed { return nil }
            if let taken = takeAfterDelay(delay) { return taken }
            wakeUp.wait()
        }
    }

    /// Takes what is queued, without waiting.
    func takeQueued() -> [Submission] {
        state.withLock { state in
            defer {
                state.submissions = []
                state.eventCount = 0
            }
            return state.submissions
        }
    }

    /// Gives more submissions the time to come, if there is one already.
    private func takeAfterDelay(_ delay: Int) -> [Submission]? {
        guard delay > 0, state.withLock({ !$0.submissions.isEmpty }) else { return nil }
        _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .microseconds(delay))
        return state.withLock { takeAll(&$0) }
    }

    private func takeAll(_ state: inout State) -> [Submission] {
        state.isWriterWaiting = state.submissions.isEmpty && !state.isClosed
        defer {
            state.submissions = []
            state.eventCount = 0
        }
        return state.submissions
    }
}
