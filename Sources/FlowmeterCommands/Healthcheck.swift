internal import ArgumentParser
internal import AsyncHTTPClient
internal import NIOCore

/// `flowmeter healthcheck`: asks a gateway whether it is ready, for containers and supervisors.
struct Healthcheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a running gateway whether it is ready.",
        discussion: """
            Exit status 0 means ready, 1 means not.

            EXAMPLES:
              flowmeter healthcheck
              flowmeter healthcheck --port 9000 --quiet
            """,
        shouldDisplay: false)

    @Option(help: "The gateway's address. Default: $FLOWMETER_HOST, else 127.0.0.1.")
    var host: String?

    @Option(help: "The gateway's port. Default: $FLOWMETER_PORT, else 8080.")
    var port: Int?

    @OptionGroup(title: "General") var console: ConsoleOptions

    func run() async throws {
        let context = CommandContext.current
        var flags: [SettingName: String] = [:]
        flags[.host] = host
        flags[.port] = port.map(String.init)
        let address = try ListenAddress(settings: try console.settings(flags, context: context))
        let url = address.url(path: "/readyz")
        let status = try await HTTPProbe.status(of: .get, url, seconds: 5)
        guard status == 200 else {
            guard let status else {
                throw CommandError(
                    "the gateway at \(address) is not ready: it cannot be reached",
                    fix: "start it with 'flowmeter serve', or name where it is with --host and --port")
            }
            throw CommandError("the gateway at \(address) is not ready (HTTP \(status))", fix: "see its log")
        }
        try console.note("ready", context: context)
    }
}
