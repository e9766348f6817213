/// What one check of `doctor` found.
struct Finding: Encodable, Sendable, Hashable {
    /// How bad it is.
    enum Verdict: String, Encodable, Sendable {
        case ok
        case warning
        case failed
    }

    /// What was looked at.
    var check: String
    var verdict: Verdict
    /// What was found.
    var detail: String
    /// What to do about it.
    var fix: String?

    static func ok(_ check: String, _ detail: String) -> Finding {
        Finding(check: check, verdict: .ok, detail: detail)
    }

    static func warning(_ check: String, _ detail: String, fix: String) -> Finding {
        Finding(check: check, verdict: .warning, detail: detail, fix: fix)
    }

    static func failed(_ check: String, _ detail: String, fix: String?) -> Finding {
        Finding(check: check, verdict: .failed, detail: detail, fix: fix)
    }

    /// One line, and one more for the fix.
    func text(_ style: TextStyle) -> String {
        let mark =
            switch verdict {
            case .ok: style.green("ok     ")
            case .warning: style.yellow("warning")
            case .failed: style.red("FAILED ")
            }
        let name = check + String(repeating: " ", count: max(0, 13 - check.count))
        var text = "\(mark)  \(style.bold(name)) \(TerminalText.printable(detail))\n"
        if let fix { text += "         \(style.cyan("fix:")) \(TerminalText.printable(fix))\n" }
        return text
    }
}
