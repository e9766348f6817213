internal import ArgumentParser
internal import Metering

/// The operator's keys, at the place that the settings name.
enum OperatorKeys {
    /// The file.
    static func file(_ settings: Settings, _ context: CommandContext) throws(CommandError) -> OperatorKeyFile {
        OperatorKeyFile(path: try DataLocation(settings: settings, context: context).operatorKey)
    }

    /// The keys; created on first use.
    static func load(_ settings: Settings, _ context: CommandContext) throws(CommandError) -> OperatorKeyRing {
        let file = try file(settings, context)
        do { return try file.loadOrCreate(at: context.now()) } catch { throw CommandError(error) }
    }
}

/// `flowmeter receipts keys`: the keys that sign.
struct ReceiptsKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "List, export and rotate the operator's signing keys.",
        discussion: """
            The key is made on first use, in a file that only its owner can read; keep a backup. Public keys are for \
            everybody who verifies.

            EXAMPLES:
              flowmeter receipts keys list
              flowmeter receipts keys export --output keys.json
              flowmeter receipts keys rotate --overlap-hours 24
            """,
        subcommands: [ReceiptsKeysList.self, ReceiptsKeysExport.self, ReceiptsKeysRotate.self])

    fileprivate static func show(_ ring: OperatorKeyRing, json: Bool, context: CommandContext) throws {
        let keys = try ring.publicKeys()
        if json { return try context.output.writeLine(keys.json) }
        let table = Table(
            columns: [
                Table.Column("KEY", .text), Table.Column("FROM", .text), Table.Column("UNTIL", .text),
                Table.Column("PUBLIC KEY", .text),
            ],
            rows: keys.keys.values.sorted { ($0.notBefore, $0.id.description) < ($1.notBefore, $1.id.description) }.map
            {
                [
                    $0.id.description, $0.notBefore.description, $0.notAfter?.description ?? "open",
                    Base64.encode($0.bytes),
                ]
            })
        try context.output.write(table.rendered(width: context.output.columns, style: context.style))
    }
}

/// `flowmeter receipts keys list`: the public keys.
struct ReceiptsKeysList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the keys, never their secrets.")

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let ring = try OperatorKeys.load(try global.settings(context: context), context)
        try ReceiptsKeys.show(ring, json: json, context: context)
    }
}

/// `flowmeter receipts keys export`: the public keys, for verifiers.
struct ReceiptsKeysExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the public keys in JSON, for those who verify.")

    @Option(name: [.short, .long], help: ArgumentHelp("Write to this file.", valueName: "file"), completion: .file())
    var output: String?

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let text = try OperatorKeys.load(try global.settings(context: context), context).publicKeys().json + "\n"
        guard let output else { return try context.output.write(text) }
        try OutputFile.write(text, to: context.path(output))
    }
}

/// `flowmeter receipts keys rotate`: a new key.
struct ReceiptsKeysRotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Sign with a new key from now on; the old one stays valid for the overlap.",
        discussion: """
            A running gateway takes up the new key within a minute. Export the public keys again afterwards.

            EXAMPLES:
              flowmeter receipts keys rotate --overlap-hours 24
            """)

    @Option(help: ArgumentHelp("For how long the present key stays valid.", valueName: "hours"))
    var overlapHours: Int64 = 24

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    mutating func validate() throws {
        if !(0...87_600).contains(overlapHours) { throw ValidationError("--overlap-hours must be 0 to 87600") }
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        _ = try OperatorKeys.load(settings, context)
        let ring = try OperatorKeys.file(settings, context).rotate(at: context.now(), overlap: overlapHours * 3_600_000)
        try ReceiptsKeys.show(ring, json: json, context: context)
    }
}
