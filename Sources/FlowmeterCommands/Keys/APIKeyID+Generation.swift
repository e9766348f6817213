internal import Metering

extension APIKeyID {
    /// A new id: `key_` and 16 hexadecimal digits.
    ///
    /// It is public, and told apart from the secret by its beginning.
    static func generate() -> APIKeyID {
        let random = String(UInt64.random(in: .min ... .max), radix: 16)
        return APIKeyID(rawValue: "key_" + String(repeating: "0", count: 16 - random.count) + random)
    }
}
