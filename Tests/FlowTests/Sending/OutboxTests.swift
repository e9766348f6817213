import Foundation
import Testing

@testable import Flow

@Suite("What is stored before it is sent", .timeLimit(.minutes(10)))
struct OutboxTests {
    private static func records(seed: UInt64) -> [OutboxRecord] {
        var random = SeededGenerator(seed: seed)
        return (0..<20).map { number in
            let key = "key-\(Int.random(in: 0..<8, using: &random))"
            let id = FlowIdentifier(hash: random.bytes(32))
            let content = random.digest()
            switch number % 4 {
            case 0, 1:
                return OutboxRecord(
                    key: key, content: content,
                    state: .signed(
                        SignedAttempt(
                            transaction: .random(using: &random), referenceHeight: random.next(), number: 3,
                            former: Bool.random(using: &random) ? [] : [id, id])))
            case 2:
                return OutboxRecord(
                    key: key, content: content,
                    state: .done(
                        .succeeded(
                            TransactionOutcome.Success(
                                id: id, blockID: Bool.random(using: &random) ? nil : id, computationUsed: random.next(),
                                fee: Bool.random(using: &random) ? nil : UFix64(scaled: random.next())))))
            default:
                return OutboxRecord(
                    key: key, content: content,
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
                var random = SeededGenerator(seed: 1)
                let content = random.digest()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<200 {
                        group.addTask {
                            let failure = TransactionOutcome.Failure(.refused, id: nil, message: "\(number)")
                            try await outbox.save(
                                OutboxRecord(key: "\(number)", content: content, state: .done(.failed(failure))))
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
            let lastSize = OutboxFormat.batch([records[2].encoded]).count
            for cut in [1, 7, 8, lastSize - 1] {
                try whole.prefix(whole.count - cut).write(to: URL(filePath: path))
                let outbox = try FileOutbox(path: path)
                try await outbox.save(records[3])
                #expect(try await outbox.record(records[3].key)?.encoded == records[3].encoded)
            }
        }
    }

    @Test func `damage anywhere before the last batch is an error, and hides nothing`() async throws {
        let records = Self.records(seed: 6).prefix(3)
        let batches = records.map { OutboxFormat.batch([$0.encoded]) }
        let file = OutboxFormat.mark + batches.joined()
        let last = file.count - batches[2].count
        #expect(try OutboxFormat.read(file).records == records.map(\.encoded))
        for position in 0..<file.count {
            var damaged = file
            damaged[position] ^= 0x10
            do {
                let content = try OutboxFormat.read(damaged)
                #expect(position >= last && content.end == last, "byte \(position)")
                #expect(content.records == records.prefix(2).map(\.encoded))
            } catch {
                #expect(error.code == .storage)
            }
        }
    }

    @Test(arguments: [0, 1, 7, 8, 4096]) func `a file that a crash left empty is begun anew`(size: Int) async throws {
        try await Self.withFile { path in
            let begun = size < 8 ? Data(OutboxFormat.mark.prefix(size)) : Data(count: size)
            try begun.write(to: URL(filePath: path))
            let record = Self.records(seed: 6)[0]
            do { try await FileOutbox(path: path).save(record) }
            #expect(try await FileOutbox(path: path).record(record.key)?.encoded == record.encoded)
        }
    }

    /// Copies of the descriptors that this process has of a file, as a child has them until its program starts.
    private static func inherited(_ path: String) -> [Int32] {
        var named = stat()
        guard stat(path, &named) == 0 else { return [] }
        let own = (0..<1024 as Range<Int32>).filter { descriptor in
            var file = stat()
            return fstat(descriptor, &file) == 0 && file.st_ino == named.st_ino && file.st_dev == named.st_dev
        }
        return own.map { dup($0) }
    }

    @Test func `a file can be opened again though a child that is starting still has its descriptor`() async throws {
        try await Self.withFile { path in
            var copies: [Int32] = []
            do {
                let outbox = try FileOutbox(path: path)
                copies = Self.inherited(path)
                _ = outbox
            }
            defer { for copy in copies { close(copy) } }
            #expect(copies.count == 1)
            _ = try FileOutbox(path: path)
        }
    }

    @Test func `a file of something else is left as it is`() async throws {
        try await Self.withFile { path in
            let text = Data("transactions to be sent\n".utf8)
            try text.write(to: URL(filePath: path))
            let error = #expect(throws: FlowError.self) { try FileOutbox(path: path) }
            #expect(error?.code == .storage)
            #expect(error?.message.contains("is no outbox") == true)
            #expect(try Data(contentsOf: URL(filePath: path)) == text)
        }
        #expect(throws: FlowError.self) { try FileOutbox(path: "/nonexistent/outbox") }
    }

    @Test func `two cannot have the file at once, nor after it was written anew`() async throws {
        try await Self.withFile { path in
            let records = Self.records(seed: 7)
            // What a crash has left of writing it anew before.
            try Data([1, 2, 3]).write(to: URL(filePath: path + FileOutbox.draftSuffix))
            do {
                let outbox = try FileOutbox(path: path, on: SystemDisk(), smallest: 0)
                #expect(!FileManager.default.fileExists(atPath: path + FileOutbox.draftSuffix))
                for _ in 0..<10 {
                    for record in records { try await outbox.save(record) }
                    let error = #expect(throws: FlowError.self) { try FileOutbox(path: path) }
                    #expect(error?.message.contains("open in another process") == true)
                }
                let live = try Set(records.map(\.key)).map { key in
                    try #require(records.last { $0.key == key }).encoded.count
                }
                let size = try Data(contentsOf: URL(filePath: path)).count
                #expect(size < 4 * live.reduce(0, +), "\(size) bytes")
                _ = outbox
            }
            let outbox = try FileOutbox(path: path)
            for key in Set(records.map(\.key)) {
                #expect(try await outbox.record(key)?.encoded == records.last { $0.key == key }?.encoded)
            }
            #expect(!FileManager.default.fileExists(atPath: path + FileOutbox.draftSuffix))
        }
    }

    /// Stores records until the power fails; what was acknowledged and what was tried last, by key.
    private static func store(
        _ records: [OutboxRecord], _ disk: PowerLossDisk
    ) async -> (acknowledged: [String: [UInt8]], tried: OutboxRecord?) {
        var acknowledged: [String: [UInt8]] = [:]
        var tried: OutboxRecord?
        do {
            // Small enough to be written anew several times.
            let outbox = try FileOutbox(path: "outbox", on: disk, smallest: 0)
            for record in records {
                tried = record
                try await outbox.save(record)
                acknowledged[record.key] = record.encoded
            }
            return (acknowledged, nil)
        } catch {
            return (acknowledged, tried)
        }
    }

    @Test func `a full disk keeps nothing of what it refused, and serves on when there is room`() async throws {
        let records = Self.records(seed: 9)
        let disk = PowerLossDisk()
        let outbox = try FileOutbox(path: "outbox", on: disk, smallest: 1 << 20)
        try await outbox.save(records[0])
        let sizes = disk.sizes
        disk.setRoom(5)
        let error = await #expect(throws: FlowError.self) { try await outbox.save(records[1]) }
        #expect(error?.code == .storage)
        #expect(disk.sizes == sizes)
        disk.setRoom(.max)
        try await outbox.save(records[2])
        let next = try FileOutbox(path: "outbox", on: disk, smallest: 1 << 20)
        for outbox in [outbox, next] {
            for key in Set(records.prefix(3).map(\.key)) {
                let last = [records[0], records[2]].last { $0.key == key }
                #expect(try await outbox.record(key)?.encoded == last?.encoded)
            }
        }
    }

    @Test func `a file behind a link is written anew where it is`() async throws {
        try await Self.withFile { path in
            let directory = path + ".directory"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
            defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: directory) } }
            let file = directory + "/outbox"
            try Data().write(to: URL(filePath: file))
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: file)
            let outbox = try FileOutbox(path: path, on: SystemDisk(), smallest: 0)
            for record in Self.records(seed: 7) + Self.records(seed: 7) { try await outbox.save(record) }
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == file)
            #expect(throws: FlowError.self) { try FileOutbox(path: file) }
        }
    }

    @Test func `whenever the power fails, what was acknowledged is there`() async throws {
        let records = Self.records(seed: 9)
        for steps in 0... {
            var random = SeededGenerator(seed: UInt64(steps))
            let disk = PowerLossDisk()
            disk.failPower(after: steps)
            let (acknowledged, tried) = await Self.store(records, disk)
            for life in 0..<3 {
                disk.restart(using: &random)
                let outbox = try FileOutbox(path: "outbox", on: disk, smallest: 0)
                for (key, encoded) in acknowledged {
                    let found = try await outbox.record(key)?.encoded
                    let isAsTried = tried?.key == key && found == tried?.encoded
                    #expect(found == encoded || isAsTried, "power failed after \(steps) steps, life \(life)")
                }
            }
            if acknowledged.count == Set(records.map(\.key)).count, tried == nil {
                // The power outlasted everything; the file was written anew on the way.
                #expect(steps > 2 * records.count + 8)
                return
            }
        }
    }
}
