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

    /// How many calls of the store are under way at the same time.
    private static let batchesUnderWay = 3

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
        // The store works on some batches while the next one is read: it prepares one and writes another.
        let (results, continuation) = AsyncStream<Result<ImportSummary, MeteringError>>.makeStream()
        var iterator = results.makeAsyncIterator()
        var underWay = 0
        var entries = collector.nextEntries(maximum: batch)
        while !entries.isEmpty || underWay > 0 {
            if !entries.isEmpty {
                let events = entries.compactMap(event)
                summary.skipped += Int64(entries.count - events.count)
                await append(events, to: store) { continuation.yield($0) }
                underWay += 1
                entries = collector.nextEntries(maximum: batch)
            }
            guard underWay == Self.batchesUnderWay || entries.isEmpty, let result = await iterator.next() else {
                continue
            }
            underWay -= 1
            summary.add(try result.get())
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

    /// Stores the events, or only looks them up, and reports what was new.
    ///
    /// Calls take effect in their order.
    private func append(
        _ events: [UsageEvent], to store: some UsageStore,
        completion: @escaping @Sendable (Result<ImportSummary, MeteringError>) -> Void
    ) async {
        guard isDryRun else {
            store.submit(events) { result in
                completion(result.map { ImportSummary(events, isNew: $0.map { $0 != .duplicate }) })
            }
            return
        }
        do throws(MeteringError) {
            var isNew: [Bool] = []
            for event in events { isNew.append(try await store.event(id: event.id) == nil) }
            completion(.success(ImportSummary(events, isNew: isNew)))
        } catch {
            completion(.failure(error))
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
