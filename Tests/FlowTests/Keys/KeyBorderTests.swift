import ChainPrimitives
import Testing

@testable import Flow

@Suite("Keys at the borders of their curves")
struct KeyBorderTests {
    /// The fields' primes and the groups' generators (SEC 2, sections 2.4.1 and 2.4.2).
    private struct Curve: Sendable {
        var algorithm: SignatureAlgorithm
        var prime: String
        var generator: String
    }

    private static let curves = [
        Curve(
            algorithm: .ecdsaP256, prime: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
            generator: "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                + "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
        Curve(
            algorithm: .ecdsaSecp256k1, prime: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
            generator: "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
                + "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"),
    ]

    @Test(arguments: curves.indices)
    func `a private key is from 1 to the order minus 1`(index: Int) throws {
        let curve = Self.curves[index]
        let one = [UInt8](repeating: 0, count: 31) + [1]
        #expect(try FlowPrivateKey(curve.algorithm, rawRepresentation: one).publicKey.hex == curve.generator)
        var (largest, larger) = (curve.algorithm.order, curve.algorithm.order)
        largest[31] -= 1
        larger[31] += 1
        // The largest one is the generator's negative: the same X.
        let negative = try FlowPrivateKey(curve.algorithm, rawRepresentation: largest).publicKey
        #expect(negative.hex.prefix(64) == curve.generator.prefix(64))
        #expect(negative.hex != curve.generator)
        for bytes in [
            [UInt8](repeating: 0, count: 32), curve.algorithm.order, larger, [UInt8](repeating: 0xFF, count: 32),
            Array(one.dropFirst()), [0] + one, [],
        ] {
            let error = #expect(throws: FlowError.self) {
                try FlowPrivateKey(curve.algorithm, rawRepresentation: bytes)
            }
            #expect(error?.code == .invalidKey)
        }
    }

    @Test(arguments: curves.indices)
    func `a public key is a point of its curve`(index: Int) throws {
        let curve = Self.curves[index]
        let point = try Hex.decode(curve.generator)
        let key = try FlowPublicKey(curve.algorithm, rawRepresentation: point)
        #expect(key.rawRepresentation == point)
        #expect(try FlowPublicKey(curve.algorithm, hex: "04" + curve.generator) == key)
        var beside = point
        beside[63] ^= 1
        let prime = try Hex.decode(curve.prime)
        for bytes in [
            [UInt8](repeating: 0, count: 64), [UInt8](repeating: 0xFF, count: 64), beside, prime + point[32...],
            point[..<32] + prime, Array(point.dropLast()), point + [0], [4] + point, [0] + point, [],
        ] {
            let error = #expect(throws: FlowError.self) {
                try FlowPublicKey(curve.algorithm, rawRepresentation: bytes)
            }
            #expect(error?.code == .invalidKey)
        }
        for hex in ["06" + curve.generator, "04" + curve.generator + "00", curve.generator.dropLast() + "g", "0x"] {
            #expect(throws: FlowError.self) { try FlowPublicKey(curve.algorithm, hex: hex) }
        }
        // Neither curve has the other's generator.
        let other = Self.curves[1 - index].algorithm
        #expect(throws: FlowError.self) { try FlowPublicKey(other, rawRepresentation: point) }
    }
}
