import Foundation
import Metering
import Testing

@Suite("Operator keys")
struct OperatorKeyTests {
    let time = Timestamp(milliseconds: 1_795_000_000_000)

    @Test("The first test vector of RFC 8032 §7.1 gives its public key, and its id")
    func rfc8032() throws {
        let seed = try bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
        let key = try OperatorKey(seed: seed)
        #expect(try key.publicKey == bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
        // sha256 of those 32 bytes, by sha256sum.
        #expect(key.id.description == "21fe31dfa154a261")
    }

    private func bytes(_ hex: String) throws -> [UInt8] { try #require(Digest32(hex: hex)).bytes }

    @Test("A key prints its id, never its seed")
    func printing() throws {
        let seed = [UInt8](repeating: 0x41, count: 32)
        let key = try OperatorKey(seed: seed)
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped, "\(OperatorKeyRing(key: key, at: time))"] {
            #expect(!text.contains("65, 65"))
            #expect(!text.contains("4141"))
            #expect(!text.contains("PrivateKey"))
        }
        #expect("\(key)" == "OperatorKey(\(key.id))")
    }

    @Test("Public keys survive their export")
    func export() throws {
        var ring = OperatorKeyRing(at: time)
        try ring.rotate(at: time, overlap: 60_000)
        let keys = try ring.publicKeys()
        #expect(keys.keys.count == 2)
        let read = try OperatorPublicKeys(json: keys.json)
        #expect(read == keys)
        #expect(read[ring.current.id]?.notAfter == nil)
        for (from, to) in [
            (#""version":1"#, #""version":2"#), (#""id":""#, #""id":"0"#), ("{", #"{"x":1,"#),
            (#""not_before":1"#, #""not_before":-1.5"#),
        ] {
            let changed = keys.json.replacing(from, with: to, maxReplacements: 1)
            #expect(changed != keys.json)
            #expect(throws: MeteringError.self, "\(changed)") { try OperatorPublicKeys(json: changed) }
        }
    }

    @Test("A rotation before the present key began, or with a negative overlap, is refused")
    func wrongRotation() {
        var ring = OperatorKeyRing(at: time)
        #expect(throws: MeteringError.self) { try ring.rotate(at: Timestamp(milliseconds: 0), overlap: 1) }
        #expect(throws: MeteringError.self) { try ring.rotate(at: time, overlap: -1) }
        #expect(throws: MeteringError.self) { try ring.rotate(at: time, overlap: .max) }
    }
}

@Suite("The operator's key file")
struct OperatorKeyFileTests {
    let time = Timestamp(milliseconds: 1_795_000_000_000)

    func withFile(_ body: (OperatorKeyFile) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: directory) } }
        try body(OperatorKeyFile(path: directory.appending(path: "operator.json").path))
    }

    @Test("The first use creates the key with mode 0600, the next finds it again")
    func firstUse() throws {
        try withFile { file in
            #expect(try file.load() == nil)
            let ring = try file.loadOrCreate(at: time)
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(try file.loadOrCreate(at: time).current.id == ring.current.id)
            let message = Array("hello".utf8)
            let signature = try ring.current.sign(message, as: .receipt)
            let key = try #require(try file.loadOrCreate(at: time).publicKeys()[ring.current.id])
            #expect(key.isValid(signature, of: message, as: .receipt))
            #expect(!key.isValid(signature, of: message, as: .commitment))
        }
    }

    @Test("The first use makes the directory, for its owner alone")
    func directory() throws {
        try withFile { file in
            let folder = file.path + ".d/deep"
            _ = try OperatorKeyFile(path: folder + "/operator.json").loadOrCreate(at: time)
            #expect(try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int == 0o700)
        }
    }

    @Test("A rotation is durable and keeps the old keys")
    func rotation() throws {
        try withFile { file in
            #expect(throws: MeteringError.self) { try file.rotate(at: time, overlap: 0) }
            let first = try file.loadOrCreate(at: time).current.id
            let second = try file.rotate(at: time, overlap: 60_000).current.id
            let ring = try #require(try file.load())
            #expect(ring.current.id == second)
            #expect(try ring.publicKeys()[first]?.notAfter == Timestamp(milliseconds: time.milliseconds + 60_000))
        }
    }

    @Test("Many programs that start at once agree on one key")
    func concurrentCreation() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: directory) } }
        let file = OperatorKeyFile(path: directory.appending(path: "operator.json").path)
        let time = time
        let ids = try await withThrowingTaskGroup(of: OperatorKeyID.self) { group in
            for _ in 0..<16 { group.addTask { try file.loadOrCreate(at: time).current.id } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
    }

    @Test("A file that others may read is refused, with the command that repairs it")
    func openPermissions() throws {
        try withFile { file in
            _ = try file.loadOrCreate(at: time)
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file.path)
            let error = #expect(throws: MeteringError.self) { try file.loadOrCreate(at: time) }
            #expect(error?.message.contains("chmod 600 \(file.path)") == true)
        }
    }

    @Test(
        "A damaged file is reported and kept, and the report does not quote it", arguments: ["", "{}", "{\"keys\":7"])
    func damaged(content: String) throws {
        try withFile { file in
            _ = try file.loadOrCreate(at: time)
            let handle = try FileHandle(forWritingTo: URL(filePath: file.path))
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: Data((content + "SECRET").utf8))
            try handle.close()
            let error = #expect(throws: MeteringError.self) { try file.loadOrCreate(at: time) }
            #expect(error?.code == .keyUnavailable)
            #expect(error.map { "\($0)\(String(describing: $0.cause))".contains("SECRET") } == false)
            let kept = try String(contentsOf: URL(filePath: file.path), encoding: .utf8)
            #expect(kept == content + "SECRET")
        }
    }
}
