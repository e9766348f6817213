internal import Claude
internal import Metering

/// What an import did.
struct ImportSummary: Encodable, Sendable {
    var isDryRun: Bool
    var files: Int64 = 0
    var bytes: Int64 = 0
    var lines: Int64 = 0
    /// The sums over the new events.
    var sums = UsageSums()
    /// Responses that were stored already.
    var duplicates: Int64 = 0
    /// Responses that used nothing.
    var skipped: Int64 = 0
    /// Responses that may still grow and were left for the next import.
    var held: Int64 = 0
    /// Lines and files that could not be read.
    var malformed: Int64 = 0
    /// The first of them.
    var problems: [TranscriptProblem] = []

    init(isDryRun: Bool) { self.isDryRun = isDryRun }

    /// What became of some events.
    init(_ events: [UsageEvent], isNew: [Bool]) {
        isDryRun = false
        for (event, isNew) in zip(events, isNew) {
            if isNew { sums += UsageSums(event) } else { duplicates += 1 }
        }
    }

    /// Adds what became of more events.
    mutating func add(_ other: ImportSummary) {
        sums += other.sums
        duplicates += other.duplicates
    }

    private struct Problem: Encodable {
        var file: String
        var line: Int64
        var reason: String
    }

    private enum CodingKeys: String, CodingKey {
        case files, bytes, lines, new, duplicates, skipped, held, malformed, problems
        case isDryRun = "dry_run"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(isDryRun, forKey: .isDryRun)
        try container.encode(files, forKey: .files)
        try container.encode(bytes, forKey: .bytes)
        try container.encode(lines, forKey: .lines)
        try container.encode(UsageRowDocument(group: nil, sums: sums), forKey: .new)
        try container.encode(duplicates, forKey: .duplicates)
        try container.encode(skipped, forKey: .skipped)
        try container.encode(held, forKey: .held)
        try container.encode(malformed, forKey: .malformed)
        try container.encode(
            problems.map { Problem(file: $0.file, line: $0.line, reason: $0.reason) }, forKey: .problems)
    }

    /// The summary for people.
    func text(_ style: TextStyle) -> String {
        var text = style.bold("\(NumberText.grouped(sums.calls)) new") + (isDryRun ? " (dry run: nothing stored)" : "")
        text += ", \(NumberText.grouped(duplicates)) already metered"
        if held > 0 { text += ", \(NumberText.grouped(held)) left for the next import" }
        if skipped > 0 { text += ", \(NumberText.grouped(skipped)) without usage" }
        if malformed > 0 { text += ", " + style.yellow("\(NumberText.grouped(malformed)) malformed") }
        text += "; \(NumberText.counted(files, "file")), \(NumberText.counted(lines, "line")) read\n"
        text += "charge of the new calls: \(sums.charge) USD"
        if sums.unpriced > 0 { text += ", and \(NumberText.grouped(sums.unpriced)) without a price" }
        return text + "\n"
    }
}
