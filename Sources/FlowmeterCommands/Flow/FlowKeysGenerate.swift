internal import ArgumentParser
internal import ChainPrimitives
internal import Flow

/// `flowmeter flow keys generate`: a new key pair.
struct FlowKeysGenerate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make a new key pair, and print it once.",
        discussion: """
            The private key is printed and stored nowhere. Anybody who has it can spend what its account holds.

            EXAMPLES:
              flowmeter flow keys generate
              flowmeter flow keys generate --algorithm ECDSA_secp256k1 --json
            """)

    @Option(help: ArgumentHelp("ECDSA_P256 or ECDSA_secp256k1.", valueName: "name"))
    var algorithm = SignatureAlgorithm.ecdsaP256.rawValue

    @Flag(help: "Write JSON.")
    var json = false

    private struct Document: Encodable {
        var algorithm: String
        var privateKey: String
        var publicKey: String

        enum CodingKeys: String, CodingKey {
            case algorithm
            case privateKey = "private_key"
            case publicKey = "public_key"
        }
    }

    mutating func validate() throws {
        if SignatureAlgorithm(name: algorithm) == nil {
            throw ValidationError("--algorithm must be ECDSA_P256 or ECDSA_secp256k1, not '\(algorithm)'")
        }
    }

    func run() async throws {
        let context = CommandContext.current
        guard let algorithm = SignatureAlgorithm(name: algorithm) else { return }
        let key: FlowPrivateKey
        do throws(FlowError) { key = try FlowPrivateKey.generate(algorithm) } catch { throw CommandError(error) }
        let secret = Hex.encode(key.rawRepresentation)
        if json {
            try context.output.write(
                try JSONText.document(
                    Document(
                        algorithm: algorithm.rawValue, privateKey: secret, publicKey: key.publicKey.hex)))
        } else {
            try context.output.write(
                "private key  \(secret)\npublic key   \(key.publicKey.hex)\nalgorithm    \(algorithm.rawValue)\n")
        }
    }
}
