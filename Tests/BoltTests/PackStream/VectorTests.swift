import Foundation
import NIOCore
import Testing

@testable import Bolt

/// The vectors of PackStream, both ways.
@Suite struct VectorTests {
    static let vectors: [PackStreamVector] = PackStreamVector.all

    @Test("There are 240 vectors")
    func count() { #expect(Self.vectors.count == 240) }

    @Test("A vector is decoded to its value", arguments: vectors.filter { $0.direction != "decode-must-fail" })
    func decodes(_ vector: PackStreamVector) throws {
        let bytes = try vector.bytes()
        let value = try BoltValue(packStream: ByteBuffer(bytes: bytes))
        let expected = try #require(vector.value)
        #expect(TestValue(value) == expected.normalized, "\(vector.name)")
    }

    @Test("A value is encoded to its vector", arguments: vectors.filter { $0.direction == "both" })
    func encodes(_ vector: PackStreamVector) throws {
        let expected = try #require(vector.value)
        var writer = PackStreamWriter(dialect: .newest)
        try expected.encode(to: &writer)
        #expect(Array(writer.bytes.readableBytesView) == (try vector.bytes()), "\(vector.name)")
    }

    @Test("A damaged vector is refused", arguments: vectors.filter { $0.direction == "decode-must-fail" })
    func refuses(_ vector: PackStreamVector) throws {
        let bytes = ByteBuffer(bytes: try vector.bytes())
        // A UUID's marker is refused in version 1 and cut off in version 2.
        for version in [1, 2] {
            #expect(throws: BoltError.self, "\(vector.name)") { try BoltValue(packStream: bytes, version: version) }
        }
    }

    @Test("A UUID is refused by version 1", arguments: vectors.filter { $0.category == "packstream-v2" })
    func refusesUUID(_ vector: PackStreamVector) throws {
        let bytes = ByteBuffer(bytes: try vector.bytes())
        #expect(throws: BoltError.self) { try BoltValue(packStream: bytes, version: 1) }
        #expect(throws: Never.self) { try BoltValue(packStream: bytes, version: 2) }
    }

    @Test("Every beginning of a vector is refused", arguments: vectors.filter { $0.direction == "both" })
    func refusesBeginnings(_ vector: PackStreamVector) throws {
        let bytes = try vector.bytes()
        for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 64)) {
            #expect(throws: BoltError.self) { try BoltValue(packStream: ByteBuffer(bytes: bytes[..<count])) }
        }
    }
}

extension PackStreamWriter {
    var bytes: ByteBuffer { buffer }
}
