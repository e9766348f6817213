internal import Flow
internal import FoundationEssentials

/// The account that sends, from the settings.
struct FlowCredentials: Sendable {
    var address: FlowAddress
    var keyIndex: UInt32
    var key: FlowPrivateKey
    var hash: HashAlgorithm

    /// Reads account, key, index and hash from the settings.
    init(_ settings: Settings, network: FlowOptions.Network, context: CommandContext) throws(CommandError) {
        guard let address = settings.text(.flowAddress) else {
            throw CommandError(
                "there is no account to send from", fix: "set FLOWMETER_FLOW_ADDRESS and FLOWMETER_FLOW_KEY",
                status: .usage)
        }
        self.address = try FlowOptions.address(address, on: network)
        keyIndex = UInt32(try settings.integer(.flowKeyIndex, in: 0...1_000_000) ?? 0)
        key = try Self.privateKey(settings, context: context)
        hash = try Self.hash(settings)
    }

    /// What signs.
    var signer: InMemorySigner { InMemorySigner(key, hash: hash) }

    /// The private key of the settings: PEM text, a file of it behind `@`, or 64 hexadecimal digits on P-256.
    static func privateKey(_ settings: Settings, context: CommandContext) throws(CommandError) -> FlowPrivateKey {
        guard let secret = settings.secret(.flowKey) else {
            throw CommandError(
                "FLOWMETER_FLOW_KEY is not set",
                fix: "set it to the private key, in hexadecimal or PEM, or to @ and a file of it", status: .usage)
        }
        var text = secret.exposed
        if text.hasPrefix("@") {
            let path = context.path(String(text.dropFirst()))
            do { text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self) } catch {
                // Not named: somebody may have written @ and the key itself.
                throw CommandError(
                    "FLOWMETER_FLOW_KEY: the file behind the @ cannot be read",
                    fix: "check that it exists and may be read", status: .usage)
            }
        }
        do throws(FlowError) {
            if text.contains("-----BEGIN") { return try FlowPrivateKey(pem: text) }
            let name = settings.text(.flowSignatureAlgorithm) ?? SignatureAlgorithm.ecdsaP256.rawValue
            guard let algorithm = SignatureAlgorithm(name: name) else {
                throw FlowError(.invalidKey, "FLOWMETER_FLOW_SIGNATURE_ALGORITHM is '\(name)'")
            }
            return try FlowPrivateKey(algorithm, hex: String(text.filter { !$0.isWhitespace }))
        } catch {
            throw CommandError(
                "FLOWMETER_FLOW_KEY: \(error.message)",
                fix: "write 64 hexadecimal digits or PEM text, or make a key with 'flowmeter flow keys generate'",
                status: .usage)
        }
    }

    /// The hash that belongs to the account key.
    static func hash(_ settings: Settings) throws(CommandError) -> HashAlgorithm {
        guard let name = settings.text(.flowHashAlgorithm) else { return .sha3 }
        guard let hash = HashAlgorithm(name: name), hash.isForAccountKeys else {
            throw CommandError(
                "FLOWMETER_FLOW_HASH_ALGORITHM is '\(name)'", fix: "set it to SHA3_256 or SHA2_256", status: .usage)
        }
        return hash
    }
}
