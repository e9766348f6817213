internal import ArgumentParser
internal import FoundationEssentials
internal import Metering

/// How a statement or an invoice is written, and where to.
struct BillingOutput: ParsableArguments {
    @Flag(help: "Write JSON.")
    var json = false

    @Flag(help: "Write CSV: one table after the other.")
    var csv = false

    @Flag(help: "Write a HTML page that prints well on A4.")
    var html = false

    @Flag(help: "Write Markdown.")
    var markdown = false

    @Option(name: [.short, .long], help: ArgumentHelp("Write to this file.", valueName: "file"), completion: .file())
    var output: String?

    mutating func validate() throws {
        if [json, csv, html, markdown].count(where: \.self) > 1 {
            throw ValidationError("--json, --csv, --html and --markdown exclude each other")
        }
    }

    /// Writes a document; without a format, as tables for people.
    func write(_ document: BillingDocument, json value: some Encodable, context: CommandContext) throws {
        let text =
            if json { try JSONText.snakeCase(value) } else if csv { document.csv } else if html {
                document.html
            } else if markdown { document.markdown } else { document.text(context) }
        guard let output else { return try context.output.write(text) }
        let path = context.path(output)
        do { try Data(text.utf8).write(to: URL(filePath: path), options: .atomic) } catch {
            throw CommandError("cannot write \(path)", fix: "check that its directory exists and is writable")
        }
    }
}

extension BillingDocument {
    /// The document as tables for a terminal.
    func text(_ context: CommandContext) -> String {
        let style = context.style
        var text = style.bold("\(kind) \(TerminalText.printable(number))") + "\n"
        let width = facts.map(\.name.count).max() ?? 0
        for fact in facts {
            let padding = String(repeating: " ", count: width - fact.name.count)
            text += "  \(fact.name)\(padding)  \(TerminalText.printable(fact.value))\n"
        }
        for section in sections where !section.rows.isEmpty {
            let table = Table(
                columns: section.columns.map { column in
                    Table.Column(column.title.uppercased(), column.kind, minimumWidth: column.kind == .text ? 10 : nil)
                },
                rows: section.rows.map { $0.map(\.text) }, total: section.total)
            text += "\n" + table.rendered(width: context.output.columns, style: style)
        }
        return text + "\n" + style.bold("\(headline.name): \(headline.amount) USD") + "\n"
    }
}
