internal import ArgumentParser
internal import Metering

/// `flowmeter keys revoke`: ends a key for good.
struct KeysRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Revoke a key for good.",
        discussion: """
            Calls with it are refused within seconds. Revoking it again changes nothing.

            EXAMPLES:
              flowmeter keys revoke key_2f1c9a04d6be
            """)

    @Argument(help: "The key's id (not its secret).")
    var key: String

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        if key.hasPrefix(APIKeySecret.prefix) {
            throw CommandError(
                "that is a key's secret, not its id", fix: "see the ids with 'flowmeter keys list'", status: .usage)
        }
        let revoked = try await StoreAccess.withStore(settings: settings, context: context, mode: .write) { store in
            guard try await store.keys().contains(where: { $0.id.rawValue == key }) else {
                throw CommandError("there is no key '\(key)'", fix: "see 'flowmeter keys list --all'")
            }
            try await store.revokeKey(APIKeyID(rawValue: key), at: context.now())
            return try await store.keys().first { $0.id.rawValue == key }
        }
        if json, let revoked {
            try context.output.write(try JSONText.document(KeyDocument(revoked)))
        } else {
            try context.output.writeLine("revoked \(key)")
        }
    }
}
