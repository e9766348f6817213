import Foundation
import Testing

@testable import Flow

@Suite("What is stored before it is sent", .timeLimit(.minutes(1)))
struct OutboxTests {
    private static func records(seed: UInt64) -> [OutboxRecord] {
        var random = SeededGenerator(seed: seed)
        return (0..<20).map { number in
            let key = "key-\(Int.random(in: 0..<8, using: &random))"
            let id = FlowIdentifier(hash: random.bytes(32))
            switch number % 4 {
            case 0, 1:
                return OutboxRecord(
                    key: key,
                    state: .signed(
                        SignedAttempt(
                            transaction: .random(using: &random), referenceHeight: random.next(), number: 3)))
            case 2:
                return OutboxRecord(
                    key: key,
                    state: .done(
                        .succeeded(
                            TransactionOutcome.Success(
                                id: id, blockID: Bool.random(using: &random) ? nil : id, computationUsed: random.next(),
                                fee: Bool.random(using: &random) ? nil : UFix64(scaled: random.next())))))
            default:
                return OutboxRecord(
                    key: key,
                    state: .done(
                        .failed(
                            TransactionOutcome.Failure(
                                .executed, id: Bool.random(using: &random) ? nil : id,
                                code: Bool.random(using: &random) ? nil : .cadenceRuntime, message: "é\n\u{0}"))))
            }
        }
    }

    @Test(arguments: 0..<30 as Range<UInt64>)
    func `records are read back as they were`(seed: UInt64) throws {
        for record in Self.records(seed: seed) {
            let read = try OutboxRecord(encoded: record.encoded)
            #expect(read.encoded == record.encoded, "seed \(seed)")
            if case .done = record.state { #expect(read == record, "seed \(seed)") }
        }
    }

    private static func withFile(_ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "outbox-\(UUID())").path
        do { try await body(path) } catch {
            try? FileManager.default.removeItem(atPath: path)
            throw error
        }
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func `the last record of each key is there after opening again`() async throws {
        try await Self.withFile { path in
            let records = Self.records(seed: 5)
            var last: [String: [UInt8]] = [:]
            do {
                let outbox = try FileOutbox(path: path)
                for record in records {
                    try await outbox.save(record)
                    last[record.key] = record.encoded
                }
            }
            let outbox = try FileOutbox(path: path)
            for (key, encoded) in last { #expect(try await outbox.record(key)?.encoded == encoded) }
            #expect(try await outbox.record("nobody") == nil)
            let unfinished = try await outbox.unfinished()
            #expect(unfinished.allSatisfy { if case .signed = $0.state { true } else { false } })
            #expect(unfinished.map(\.key) == unfinished.map(\.key).sorted())
        }
    }

    @Test func `many at once are all stored`() async throws {
        try await Self.withFile { path in
            do {
                let outbox = try FileOutbox(path: path)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<200 {
                        group.addTask {
                            let failure = TransactionOutcome.Failure(.refused, id: nil, message: "\(number)")
                            try await outbox.save(OutboxRecord(key: "\(number)", state: .done(.failed(failure))))
                        }
                    }
                    try await group.waitForAll()
                }
            }
            let outbox = try FileOutbox(path: path)
            for number in 0..<200 { #expect(try await outbox.record("\(number)") != nil) }
        }
    }

    @Test func `a record that was cut off is dropped, and the file goes on`() async throws {
        try await Self.withFile { path in
            let records = Self.records(seed: 6)
            do {
                let outbox = try FileOutbox(path: path)
                for record in records.prefix(3) { try await outbox.save(record) }
            }
            let whole = try Data(contentsOf: URL(filePath: path))
            let lastSize = records[2].encoded.count + 8
            for cut in [1, 7, 8, lastSize - 1] {
                try whole.prefix(whole.count - cut).write(to: URL(filePath: path))
                let outbox = try FileOutbox(path: path)
                try await outbox.save(records[3])
                #expect(try await outbox.record(records[3].key)?.encoded == records[3].encoded)
            }
        }
    }

    @Test func `damage in the middle is an error, and so is a second process`() async throws {
        try await Self.withFile { path in
            do {
                let outbox = try FileOutbox(path: path)
                for record in Self.records(seed: 6) { try await outbox.save(record) }
                #expect(throws: FlowError.self) { try FileOutbox(path: path) }
                _ = outbox
            }
            var bytes = try Data(contentsOf: URL(filePath: path))
            bytes[20] ^= 1
            try bytes.write(to: URL(filePath: path))
            let error = #expect(throws: FlowError.self) { try FileOutbox(path: path) }
            #expect(error?.code == .storage)
        }
        #expect(throws: FlowError.self) { try FileOutbox(path: "/nonexistent/outbox") }
    }
}
