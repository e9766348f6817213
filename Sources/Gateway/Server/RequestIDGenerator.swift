import NIOCore

/// Makes request ids: unique for ever by a random prefix per event loop, and cheap by a counter after it.
struct RequestIDGenerator {
    private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// `req_fm` and 16 random characters.
    private let prefix: [UInt8]
    private var counter: UInt64 = 0

    init() {
        var generator = SystemRandomNumberGenerator()
        self.init(random: (generator.next(), generator.next()))
    }

    init(random: (UInt64, UInt64)) {
        var prefix = Array("req_fm".utf8)
        for word in [random.0, random.1] {
            for index in 0..<8 { prefix.append(Self.digits[Int(word >> UInt64(5 * index) & 31)]) }
        }
        self.prefix = prefix
    }

    /// A new id.
    mutating func next() -> String {
        counter += 1
        return String(unsafeUninitializedCapacity: 32) { text in
            for (index, byte) in prefix.enumerated() { text[index] = byte }
            for index in 0..<10 {
                text[prefix.count + index] = Self.digits[Int(counter >> UInt64(45 - 5 * index) & 31)]
            }
            return prefix.count + 10
        }
    }
}
