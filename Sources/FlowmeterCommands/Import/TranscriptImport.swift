internal import Claude
internal import Metering

/// Brings the responses of transcripts into a store, each once.
struct TranscriptImport: Sendable {
    var directory: TranscriptDirectory
    var customer: CustomerID
    var catalog: PriceCatalog
    /// Events per call of the store.
    var batch: Int
    var isDryRun: Bool
    var progress: ProgressReporter

    /// Scans, appends batch by batch, and saves the cursors at the end.
    ///
    /// Until they are saved an import that breaks off is simply repeated: an event id is stored once for ever.
    func run(store: some UsageStore, context: CommandContext) async throws -> ImportSummary {
        var cursors: [TranscriptCursor] = []
        for file in directory.files {
            if let saved = try await store.importCursor(path: file.path) { cursors.append(TranscriptCursor(saved)) }
        }
        var collector = TranscriptCollector(
            files: directory.files, resumingAt: cursors, now: context.now().milliseconds)
        var progress = progress
        try progress.begin("read", total: collector.totalBytes, unit: .bytes)
        while collector.scanBlock() {
            try progress.update(collector.bytesScanned)
            try Task.checkCancellation()
        }
        try progress.finish()

        var summary = ImportSummary(isDryRun: isDryRun)
        try progress.begin("store", total: Int64(collector.responseCount ?? 0), unit: .events)
        var entries = collector.nextEntries(maximum: batch)
        while !entries.isEmpty {
            let events = entries.compactMap(event)
            summary.skipped += Int64(entries.count - events.count)
            // The store works on this batch while the next one is read.
            async let outcomes = outcomes(of: events, store)
            entries = collector.nextEntries(maximum: batch)
            for (event, isNew) in zip(events, try await outcomes) {
                if isNew { summary.sums += UsageSums(event) } else { summary.duplicates += 1 }
            }
            try progress.update(summary.sums.calls + summary.duplicates + summary.skipped)
            try Task.checkCancellation()
        }
        try progress.finish()
        if !isDryRun { try await store.saveImportCursors(collector.cursors.map(ImportCursor.init)) }

        summary.files = Int64(directory.files.count)
        summary.bytes = collector.bytesScanned
        summary.lines = collector.linesScanned
        summary.held = Int64(collector.heldCount)
        summary.malformed = Int64(collector.problemCount + directory.problems.count)
        summary.problems = directory.problems + collector.problems
        return summary
    }

    private func event(_ entry: TranscriptEntry) -> UsageEvent? {
        guard let id = entry.billingID, Rating.isMetered(entry.record) else { return nil }
        return UsageEvent(
            rating: entry.record, id: EventID(rawValue: id), customer: customer,
            session: SessionID(rawValue: entry.sessionID), key: .none, requestID: entry.requestID,
            agent: entry.agentID, time: Timestamp(milliseconds: entry.timestamp), catalog: catalog, quality: .exact,
            source: .transcript)
    }

    /// Stores the events, or only looks them up, and tells which of them are new.
    private func outcomes(of events: [UsageEvent], _ store: some UsageStore) async throws(MeteringError) -> [Bool] {
        guard isDryRun else {
            return try await store.append(events).map { $0 != .duplicate }
        }
        var isNew: [Bool] = []
        for event in events { isNew.append(try await store.event(id: event.id) == nil) }
        return isNew
    }
}

extension TranscriptCursor {
    fileprivate init(_ cursor: ImportCursor) {
        self.init(path: cursor.path, inode: cursor.inode, offset: cursor.offset, line: cursor.line)
    }
}

extension ImportCursor {
    fileprivate init(_ cursor: TranscriptCursor) {
        self.init(path: cursor.path, inode: cursor.inode, offset: cursor.offset, line: cursor.line)
    }
}
