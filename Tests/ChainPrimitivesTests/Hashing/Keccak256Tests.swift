import ChainPrimitives
import Testing

@Suite("Keccak-256")
struct Keccak256Tests {
    @Test func `digests are as published`() throws {
        let vectors = try Vectors.load()
        for vector in vectors.keccak {
            #expect(Hex.encode(Keccak256.hash(Array(vector.messageUtf8.utf8))) == vector.digest)
        }
        #expect(!vectors.ethereumKeccak.isEmpty)
        for vector in vectors.ethereumKeccak {
            #expect(try Keccak256.hash(bytes(vector.input)) == bytes(vector.hash))
        }
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `the digest does not depend on how the message is cut`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let message = random.bytes(Int.random(in: 0...600, using: &random))
        var function = Keccak256()
        var rest = message[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...200, using: &random))
            function.update(piece)
            rest = rest.dropFirst(piece.count)
            _ = function.finalize()
        }
        #expect(function.finalize() == Keccak256.hash(message), "seed \(seed)")
    }
}
