internal import ArgumentParser
internal import Flow

/// `flowmeter flow keys list`: the keys of an account.
struct FlowKeysList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the keys of an account.",
        discussion: """
            EXAMPLES:
              flowmeter flow keys list 0xf8d6e0586b0a20c7
              flowmeter flow keys list 0x8c5303eaa26202d6 --network testnet --json
            """)

    @Argument(help: "The account's address.")
    var address: String

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "Flow") var flow: FlowOptions
    @OptionGroup(title: "General") var console: ConsoleOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try console.settings(flow.flags, context: context)
        let address = try FlowOptions.address(address, on: try FlowOptions.network(settings))
        let keys = try await FlowOptions.withClient(settings) { try await $0.keys(of: address) }
        let documents = keys.map(FlowKeyDocument.init)
        if json {
            try context.output.write(try JSONText.document(documents))
        } else {
            try context.output.write(
                FlowKeyDocument.table(documents).rendered(width: context.output.columns, style: context.style))
        }
    }
}

/// The JSON form of an account key.
struct FlowKeyDocument: Encodable, Sendable {
    var index: UInt32
    var publicKey: String
    var signatureAlgorithm: String
    var hashAlgorithm: String
    var weight: UInt32
    var sequenceNumber: UInt64
    var revoked: Bool

    enum CodingKeys: String, CodingKey {
        case index, weight, revoked
        case publicKey = "public_key"
        case signatureAlgorithm = "signature_algorithm"
        case hashAlgorithm = "hash_algorithm"
        case sequenceNumber = "sequence_number"
    }

    init(_ key: AccountKey) {
        index = key.index
        publicKey = key.publicKey.hex
        signatureAlgorithm = key.publicKey.algorithm.rawValue
        hashAlgorithm = key.hashAlgorithm.rawValue
        weight = key.weight
        sequenceNumber = key.sequenceNumber
        revoked = key.isRevoked
    }

    static func table(_ keys: [FlowKeyDocument]) -> Table {
        Table(
            columns: [
                Table.Column("KEY", .count), Table.Column("ALGORITHMS", .text), Table.Column("WEIGHT", .count),
                Table.Column("SEQUENCE", .count), Table.Column("REVOKED", .text),
                Table.Column("PUBLIC KEY", .text, minimumWidth: 12),
            ],
            rows: keys.map { key in
                [
                    "\(key.index)", "\(key.signatureAlgorithm) \(key.hashAlgorithm)", "\(key.weight)",
                    "\(key.sequenceNumber)", key.revoked ? "yes" : "-", key.publicKey,
                ]
            })
    }
}
