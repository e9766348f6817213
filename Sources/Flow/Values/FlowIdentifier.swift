internal import ChainPrimitives

/// The id of a block, transaction or collection: a hash of 32 bytes.
public struct FlowIdentifier: Sendable, Hashable, CustomStringConvertible {
    private let words: SIMD4<UInt64>

    /// No id: 32 zero bytes, which stand for a missing reference block.
    public static let zero = FlowIdentifier(words: SIMD4(repeating: 0))

    private init(words: SIMD4<UInt64>) { self.words = words }

    /// Creates an id from its 32 bytes.
    public init(bytes: some Collection<UInt8>) throws(FlowError) {
        guard bytes.count == 32 else { throw FlowError(.invalidInput, "an id has 32 bytes, not \(bytes.count)") }
        self.init(hash: bytes)
    }

    /// Reads 64 hexadecimal digits.
    public init(_ text: some StringProtocol) throws(FlowError) {
        do {
            let bytes = try Hex.decode(text, allowsPrefix: true)
            guard bytes.count == 32 else { throw FlowError(.invalidInput, "") }
            self.init(hash: bytes)
        } catch {
            throw FlowError(.invalidInput, "'\(String(text).prefix(80))' is no id: write 64 hexadecimal digits")
        }
    }

    /// The bytes of a hash, of which there are always 32.
    init(hash: some Collection<UInt8>) {
        var words = SIMD4<UInt64>(repeating: 0)
        for (index, byte) in hash.enumerated() where index < 32 {
            words[index / 8] = words[index / 8] << 8 | UInt64(byte)
        }
        self.words = words
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        (0..<32).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> UInt64(56 - 8 * ($0 % 8))) }
    }

    /// 64 lower-case hexadecimal digits.
    public var description: String { Hex.encode(bytes) }
}
