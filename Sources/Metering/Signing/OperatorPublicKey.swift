internal import Crypto

/// An operator's public key, with the time in which it signs.
public struct OperatorPublicKey: Sendable, Hashable {
    /// The key's id.
    public let id: OperatorKeyID
    /// The 32 bytes of the key.
    public let bytes: [UInt8]
    /// When it began to sign.
    public let notBefore: Timestamp
    /// When it stopped for good; `nil` while that is open.
    ///
    /// What is dated at this moment or later cannot be signed with it.
    public let notAfter: Timestamp?
    private let key: Curve25519.Signing.PublicKey

    /// Creates a public key.
    ///
    /// - Throws: `invalidInput` when there are not 32 bytes or the times are in the wrong order.
    public init(bytes: [UInt8], notBefore: Timestamp, notAfter: Timestamp? = nil) throws(MeteringError) {
        do { key = try Curve25519.Signing.PublicKey(rawRepresentation: bytes) } catch {
            throw MeteringError(.invalidInput, "an Ed25519 public key has 32 bytes")
        }
        if let notAfter, notAfter < notBefore {
            throw MeteringError(.invalidInput, "an operator key ends before it begins")
        }
        id = OperatorKeyID(publicKey: bytes)
        self.bytes = bytes
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// Whether `signature` is this key's for the document.
    public func isValid(_ signature: [UInt8], of document: [UInt8], as context: SignatureContext) -> Bool {
        key.isValidSignature(signature, for: context.message(document))
    }

    /// Whether both are the same key with the same times.
    public static func == (lhs: OperatorPublicKey, rhs: OperatorPublicKey) -> Bool {
        lhs.bytes == rhs.bytes && lhs.notBefore == rhs.notBefore && lhs.notAfter == rhs.notAfter
    }

    /// Feeds the key into `hasher`.
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

/// The public keys an operator has and had: what a verifier needs.
public struct OperatorPublicKeys: Sendable, Hashable {
    /// The keys by id.
    public private(set) var keys: [OperatorKeyID: OperatorPublicKey] = [:]

    /// Creates a set; of keys with one id the last one counts.
    public init(_ keys: [OperatorPublicKey]) { for key in keys { self.keys[key.id] = key } }

    /// The key with this id.
    public subscript(id: OperatorKeyID) -> OperatorPublicKey? { keys[id] }

    /// The export: `{"keys":[{"id":…,"not_after":…,"not_before":…,"public_key":…}],"version":1}`, in canonical JSON.
    ///
    /// Times are milliseconds since 1970, `not_after` is `null` while open, and the key is in Base64.
    public var json: String {
        let sorted = keys.values.sorted { ($0.notBefore, $0.id.description) < ($1.notBefore, $1.id.description) }
        let list = sorted.map { key in
            CanonicalJSON.object([
                "id": .string(key.id.description), "public_key": .string(Base64.encode(key.bytes)),
                "not_before": .number(key.notBefore.milliseconds),
                "not_after": key.notAfter.map { .number($0.milliseconds) } ?? .null,
            ])
        }
        return CanonicalJSON.object(["keys": .array(list), "version": .integer(1)]).text
    }

    /// Reads what ``json`` wrote.
    ///
    /// - Throws: `invalidInput` for anything else, an id that is not the key's too.
    public init(json: String) throws(MeteringError) {
        var document = try CanonicalJSON.Members(CanonicalJSON(relaxed: Array(json.utf8)), of: "the public keys")
        guard try document.integer("version", as: Int.self) == 1 else { throw document.error("version", "is not 1") }
        var keys: [OperatorPublicKey] = []
        for element in try document.array("keys") {
            var members = try CanonicalJSON.Members(element, of: "a public key")
            let key = try OperatorPublicKey(
                bytes: try members.base64("public_key"),
                notBefore: Timestamp(milliseconds: try members.integer("not_before")),
                notAfter: try members.optionalInteger("not_after").map { Timestamp(milliseconds: $0) })
            guard try members.string("id") == key.id.description else { throw members.error("id", "is another key's") }
            try members.finish()
            keys.append(key)
        }
        try document.finish()
        self.init(keys)
    }
}
