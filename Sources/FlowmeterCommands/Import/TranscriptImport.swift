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
        try progress.begin(total: collector.totalBytes)
        while collector.scanBlock() {
            try progress.update(collector.bytesScanned)
            try Task.checkCancellation()
        }
        try progress.finish()

        var summary = ImportSummary(isDryRun: isDryRun)
        while case let entries = collector.nextEntries(maximum: batch), !entries.isEmpty {
            let events = entries.compactMap(event)
            summary.skipped += Int64(entries.count - events.count)
            if isDryRun {
                try await look(up: events, in: store, &summary)
            } else {
                try await append(events, to: store, &summary)
            }
            try Task.checkCancellation()
        }
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

    private func append(
        _ events: [UsageEvent], to store: some UsageStore, _ summary: inout ImportSummary
    ) async throws(MeteringError) {
        for (event, outcome) in zip(events, try await store.append(events)) {
            switch outcome {
            case .appended: summary.sums += UsageSums(event)
            case .duplicate: summary.duplicates += 1
            }
        }
    }

    private func look(
        up events: [UsageEvent], in store: some UsageStore, _ summary: inout ImportSummary
    ) async throws(MeteringError) {
        for event in events {
            if try await store.event(id: event.id) == nil {
                summary.sums += UsageSums(event)
            } else {
                summary.duplicates += 1
            }
        }
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
