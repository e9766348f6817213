extension BoltSession {
    /// A transaction that is ready to be sent.
    private struct Prepared {
        var lease: ConnectionLease
        var writer: RequestWriter
        var sinks: [BoltConnection.Sink] = []
        var results: [BoltResult] = []
        let commit = PendingReply<BoltMap>()
        /// Whether the commit goes out with the queries.
        var isCommitting: Bool
    }

    /// Runs queries in one transaction, without waiting in between.
    func executeAtOnce(
        _ queries: [BoltQuery], _ settings: BoltQueryConfiguration, _ interface: TelemetryInterface?
    ) async throws(BoltError) -> [BoltEagerResult] {
        let (lease, began) = try await acquire(settings.accessMode)
        defer { lease.release() }
        let prepared = try prepare(queries, settings, interface, lease, began: began)
        do throws(BoltError) {
            // No code of the caller runs until the end, so all of it can stay on the event loop.
            let (results, bookmark) = try await withTaskExecutorPreference(lease.connection.executor) {
                () async throws(BoltError) in try await complete(prepared, settings.accessMode)
            }
            if let bookmark { await remember(bookmark, instead: began) }
            return results
        } catch {
            lease.failed(error)
            throw await judged(error, lease.connection)
        }
    }

    private func prepare(
        _ queries: [BoltQuery], _ settings: BoltQueryConfiguration, _ interface: TelemetryInterface?,
        _ lease: ConnectionLease, began: Set<String>
    ) throws(BoltError) -> Prepared {
        let connection = lease.connection
        var prepared = Prepared(
            lease: lease, writer: connection.writer(), isCommitting: settings.commitsInSameWrite)
        if let interface { try telemetry(interface, &prepared.writer, &prepared.sinks, connection) }
        try prepared.writer.begin(extra(settings.accessMode, settings.transaction, bookmarks: began, connection))
        prepared.sinks.append(begun)
        for query in queries {
            // With the commit right behind, every result must be fetched to its end by its one request.
            let fetchSize = settings.commitsInSameWrite ? -1 : fetchSize
            let stream = ResultStream(limits: ResultStream.Limits(fetchSize: fetchSize))
            _ = stream.keepAll()
            try prepared.writer.run(query, extra: nil)
            try prepared.writer.pull(fetchSize, qid: nil)
            prepared.sinks += [.run(stream), .records(stream)]
            prepared.results.append(BoltResult(stream: stream, query: query, lease: lease) { _ in })
        }
        if settings.commitsInSameWrite {
            try prepared.writer.plain(.commit)
            prepared.sinks.append(.reply(prepared.commit))
        }
        return prepared
    }

    private func complete(
        _ prepared: Prepared, _ mode: BoltAccessMode
    ) async throws(BoltError) -> (results: [BoltEagerResult], bookmark: String?) {
        let connection = prepared.lease.connection
        var isCommitting = false
        do throws(BoltError) {
            try BoltError.checkCancellation()
            try connection.send(prepared.writer, prepared.sinks)
            isCommitting = prepared.isCommitting
            var eager: [BoltEagerResult] = []
            for result in prepared.results {
                let records = try await result.collect()
                eager.append(
                    BoltEagerResult(keys: result.keys, records: records, summary: try await result.summary()))
            }
            if !isCommitting {
                try BoltError.checkCancellation()
                var writer = connection.writer()
                try writer.plain(.commit)
                try connection.send(writer, [.reply(prepared.commit)])
                isCommitting = true
            }
            let metadata = try await prepared.commit.value(onCancel: connection.closeBecauseCancelled)
            return (eager, metadata["bookmark"]?.string)
        } catch {
            // What only reads may be read again.
            throw isCommitting && mode == .write ? .lostCommit(error) : error
        }
    }
}
