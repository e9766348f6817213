internal import ArgumentParser
internal import Flow

/// `flowmeter flow keys add`: more keys for the configured account.
struct FlowKeysAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add keys to the configured account.",
        discussion: """
            Without --public-key they are copies of the account's own key, $FLOWMETER_FLOW_KEY: the pool of proposal keys \
            that lets so many transactions be on their way at a time. The account pays for the transaction.

            EXAMPLES:
              flowmeter flow keys add --count 50
              flowmeter flow keys add --public-key 43661ddd…c97a --algorithm ECDSA_P256 --hash SHA3_256 --weight 0
            """)

    /// More in one transaction would come near to its highest computation.
    private static let counts = 1...100

    @Option(help: ArgumentHelp("How many, up to 100.", valueName: "n"))
    var count = 1

    @Option(
        help: ArgumentHelp("How much a signature counts: 1000 signs alone, 0 can only propose.", valueName: "0-1000"))
    var weight = AccountKey.threshold

    @Option(
        name: .customLong("public-key"),
        help: ArgumentHelp("Another public key, 128 hexadecimal digits.", valueName: "hex"))
    var publicKey: String?

    @Option(help: ArgumentHelp("That key's algorithm: ECDSA_P256 or ECDSA_secp256k1.", valueName: "name"))
    var algorithm = SignatureAlgorithm.ecdsaP256.rawValue

    @Option(help: ArgumentHelp("That key's hash: SHA2_256 or SHA3_256.", valueName: "name"))
    var hash = HashAlgorithm.sha3.rawValue

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "Flow") var flow: FlowOptions
    @OptionGroup(title: "General") var console: ConsoleOptions

    mutating func validate() throws {
        if !Self.counts.contains(count) { throw ValidationError("--count must be from 1 to \(Self.counts.upperBound)") }
        if weight > AccountKey.threshold { throw ValidationError("--weight must be from 0 to \(AccountKey.threshold)") }
        if SignatureAlgorithm(name: algorithm) == nil {
            throw ValidationError("--algorithm must be ECDSA_P256 or ECDSA_secp256k1, not '\(algorithm)'")
        }
        if HashAlgorithm(name: hash) == nil {
            throw ValidationError("--hash must be SHA2_256 or SHA3_256, not '\(hash)'")
        }
    }

    /// The key to be added; the account's own unless another one is named.
    private func key(_ credentials: FlowCredentials) throws(CommandError) -> NewAccountKey {
        guard let publicKey, let algorithm = SignatureAlgorithm(name: algorithm), let hash = HashAlgorithm(name: hash)
        else { return NewAccountKey(credentials.key.publicKey, hash: credentials.hash, weight: weight) }
        do throws(FlowError) {
            return NewAccountKey(try FlowPublicKey(algorithm, hex: publicKey), hash: hash, weight: weight)
        } catch {
            throw CommandError(
                "--public-key: \(error.message)",
                fix: "write the public key that 'flowmeter flow keys generate' printed",
                status: .usage)
        }
    }

    private struct Added: Decodable { var keyIndex: UInt32 }

    func run() async throws {
        let context = CommandContext.current
        let settings = try console.settings(flow.flags, context: context)
        let network = try FlowOptions.network(settings)
        let credentials = try FlowCredentials(settings, network: network, context: context)
        let keys = Array(repeating: try key(credentials), count: count)
        let document = try await FlowOptions.withClient(settings) { client in
            let outcome = try await FlowSubmission(client: client, network: network, credentials: credentials)
                .submit(TransactionIntent(key: "command", program: .addKeys(keys)))
            var document = FlowOutcomeDocument(outcome)
            if case .succeeded(let success) = outcome {
                let added = try await client.result(of: success.id).events.filter { $0.type == "flow.AccountKeyAdded" }
                document.keys = try added.map { try $0.decoded(as: Added.self).keyIndex }
            }
            return document
        }
        try document.write(asJSON: json, to: context.output)
    }
}
