/// Colours and weights of terminal text; plain when no person is looking.
struct TextStyle: Sendable, Hashable {
    /// Whether escape sequences are written.
    var isEnabled: Bool

    /// Text as it is.
    static let plain = TextStyle(isEnabled: false)

    /// Creates a style that is always or never on.
    init(isEnabled: Bool) { self.isEnabled = isEnabled }

    /// Enabled on a terminal, unless `NO_COLOR` (no-color.org) or `TERM=dumb` says otherwise.
    init(for output: TextOutput, environment: [String: String]) {
        isEnabled =
            output.isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    func bold(_ text: String) -> String { wrapped(text, "1") }
    func dim(_ text: String) -> String { wrapped(text, "2") }
    func red(_ text: String) -> String { wrapped(text, "31") }
    func green(_ text: String) -> String { wrapped(text, "32") }
    func yellow(_ text: String) -> String { wrapped(text, "33") }
    func cyan(_ text: String) -> String { wrapped(text, "36") }

    private func wrapped(_ text: String, _ code: String) -> String {
        isEnabled ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
