import Metering

extension UsageStoreConformance {
    static let batchChecks = [
        Check("message batches are remembered, listed, and closed once") { harness in
            try await harness.withStore { store in
                let batches = [
                    batch("b1", "abe", 10), batch("b2", "zoe", 30), batch("b3", "abe", 20), batch("b0", "abe", 20),
                ]
                for batch in batches { try await store.recordBatch(batch) }
                var again = batches[0]
                again.customer = id("zoe")
                try await store.recordBatch(again)
                try expect(try await store.batch(id: "b1"), equals: batches[0], "the first batch")
                try expect(try await store.batch(id: "none"), equals: nil, "a batch that is not there")
                try expect(try await store.openBatches(limit: 10).map(\.id), equals: ["b1", "b0", "b3", "b2"], "open")
                try expect(try await store.openBatches(limit: 2).map(\.id), equals: ["b1", "b0"], "two open")
                let mine = try await store.batches(of: id("abe"), limit: 10).map(\.id)
                try expect(mine, equals: ["b3", "b0", "b1"], "one customer's")
                let two = try await store.batches(of: id("abe"), limit: 2).map(\.id)
                try expect(two, equals: ["b3", "b0"], "two of one customer's")
                try await store.closeBatch(id: "b0", at: time(99))
                try await store.closeBatch(id: "b0", at: time(100))
                try expect(try await store.batch(id: "b0")?.metered, equals: time(99), "when it was closed")
                try expect(try await store.openBatches(limit: 10).map(\.id), equals: ["b1", "b3", "b2"], "still open")
                try await expect(.notFound, "closing nothing") { try await store.closeBatch(id: "none", at: time(1)) }
            }
        },
        Check("import cursors are kept by path, the last one stays") { harness in
            try await harness.withStore { store in
                let first = ImportCursor(path: "/tmp/é a.jsonl", inode: .max, offset: 10, line: 1)
                let other = ImportCursor(path: "/tmp/é A.jsonl", inode: 7, offset: 0, line: 0)
                try await store.saveImportCursors([first, other])
                try await store.saveImportCursors([])
                var moved = first
                moved.offset = Int64.max
                moved.line = 2
                try await store.saveImportCursors([moved])
                try expect(try await store.importCursor(path: first.path), equals: moved, "the moved cursor")
                try expect(try await store.importCursor(path: other.path), equals: other, "the other cursor")
                try expect(try await store.importCursor(path: "/tmp"), equals: nil, "a file never imported")
            }
        },
        Check("batches and cursors are still there when the store is opened again") { harness in
            let cursor = ImportCursor(path: "/tmp/a.jsonl", inode: 7, offset: 8, line: 9)
            try await harness.withReopenedStore { store in
                try await store.recordBatch(batch("b1", "abe", 10))
                try await store.saveImportCursors([cursor])
            } then: { store in
                try expect(try await store.batch(id: "b1"), equals: batch("b1", "abe", 10), "the batch")
                try expect(try await store.importCursor(path: cursor.path), equals: cursor, "the cursor")
            }
        },
    ]

    private static func batch(_ name: String, _ customer: String, _ created: Int64) -> BatchRecord {
        BatchRecord(
            id: name, customer: id(customer), key: APIKeyID(rawValue: "k1"),
            session: SessionID(rawValue: "it's one"), created: time(created))
    }
}
