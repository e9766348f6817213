internal import Synchronization

extension SpooledUsageStore {
    /// What is known beside the events that wait.
    struct Memory: Sendable {
        /// What the remote store holds, as of the last event that was forwarded; `nil` until it was remembered.
        var known: KnownUsage?
        /// What is answered while the remote store has not been reached since the start: ``known`` and what waits.
        var offline: KnownUsage?
        /// The version of the directory and its customers as last read; keys are read after them.
        var seen: (version: Int64?, customers: [Customer]?) = (nil, nil)
        /// Whether ``known`` has customers or keys that the notes do not have.
        var isDirectoryNew = false
        /// How many notes there are.
        var noteCount = 0
        /// Whether the notes of an earlier process were read.
        var isRecalled = false
    }

    /// So many notes are put together into one.
    private static let noteLimit = 200

    /// Keeps, beside the events, what a process has to know that starts while the remote store is out of reach.
    ///
    /// Call it after ``forwardAll(batches:)`` and before ``run()``. From then on it is kept up to date with what is
    /// forwarded, and with customers and keys as they are read. What other gateways spend meanwhile is not known, as it is
    /// not to a process that runs. When events wait still, it answers as after ``startOffline()``, so a long queue need not
    /// be forwarded before the first call.
    ///
    /// - Parameter today: The day whose sums limit customers now.
    public func remember(today: Day) async throws(MeteringError) {
        let known = try await KnownUsage(of: remote, today: today)
        try await spool.replaceNotes(with: try SpoolNote.all(known).encoded())
        let offline = spool.load.events > 0 ? try await withWaiting(known) : nil
        memory.withLock { $0 = Memory(known: known, offline: offline, noteCount: 1, isRecalled: true) }
    }

    /// Begins with what an earlier process remembered, because the remote store is out of reach.
    ///
    /// Then ``customers()``, ``keys()``, ``directoryVersion()`` and those sums that admission is decided by are answered
    /// from memory, the events that wait included, until ``run()`` has reached the remote store: read them before it
    /// runs. Everything else fails until then.
    ///
    /// - Returns: Whether there is anything remembered; if not, nothing has changed.
    public func startOffline() async throws(MeteringError) -> Bool {
        guard let known = try await recall() else { return false }
        let offline = try await withWaiting(known)
        memory.withLock { $0.offline = offline }
        return true
    }

    /// What is known, with what waits.
    private func withWaiting(_ known: KnownUsage) async throws(MeteringError) -> KnownUsage {
        var all = known
        var position: Int64 = 0
        while let last = try await addPage(after: position, to: &all) { position = last }
        return all
    }

    /// Adds a page of what waits, and returns the position of its last event; `nil` when there was none.
    private func addPage(after position: Int64, to known: inout KnownUsage) async throws(MeteringError) -> Int64? {
        let page = try await spool.oldest(after: position, limit: 10_000)
        for waiting in page { known.add(waiting.event) }
        return page.last?.position
    }

    /// What the notes of an earlier process say, read once; `nil` when there are none.
    ///
    /// What is forwarded from then on is noted behind them, also before ``remember(today:)``.
    func recall() async throws(MeteringError) -> KnownUsage? {
        if let memory = memory.withLock({ $0.isRecalled ? $0 : nil }) { return memory.known }
        let notes = try await spool.notes()
        var known: KnownUsage?
        do throws(MeteringError) { known = try SpoolNote.known(from: notes) } catch {
            // lint: dropped. A damaged note must not hold up the events: as if nothing were known, until it is anew.
        }
        return memory.withLock { [known] memory in
            (memory.known, memory.noteCount, memory.isRecalled) = (known, notes.count, true)
            return known
        }
    }

    /// Notes customers and keys that were just read, for the next note that holds everything.
    func noteDirectory(_ keys: [APIKey]) {
        let isNew = memory.withLock { memory in
            guard var known = memory.known, let version = memory.seen.version, let customers = memory.seen.customers,
                known.keys != keys || known.customers != customers
            else { return false }
            (known.version, known.customers, known.keys) = (version, customers, keys)
            memory.known = known
            memory.isDirectoryNew = true
            return true
        }
        // Notes are written by the one task that forwards.
        if isNew { wakeUp.yield() }
    }

    /// Adds events that were forwarded, and noted, to what is known.
    func addToKnown(_ events: [UsageEvent]) {
        memory.withLock { memory in
            guard memory.known != nil else { return }
            for event in events { memory.known?.add(event) }
            memory.noteCount += 1
        }
    }

    /// Puts the notes together into one, when there are many of them or they lack customers and keys.
    func tidyNotes() async throws(MeteringError) {
        let due = memory.withLock { memory -> KnownUsage? in
            memory.isDirectoryNew || memory.noteCount >= Self.noteLimit ? memory.known : nil
        }
        guard let due else { return }
        memory.withLock { $0.isDirectoryNew = false }
        try await spool.replaceNotes(with: try SpoolNote.all(due).encoded())
        memory.withLock { $0.noteCount = 1 }
    }
}
