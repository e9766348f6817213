extension BillingDocument {
    /// The document as one HTML page that prints well on A4 and needs nothing from elsewhere.
    var html: String {
        var body = "<header><p class=\"brand\">Flowmeter</p><h1>\(Self.html(kind))</h1>"
        body += "<p class=\"number\">\(Self.html(number))</p></header>\n<div class=\"summary\">"
        body +=
            "<div class=\"due\"><p>\(Self.html(headline.name))</p><p><strong>\(Self.html(headline.amount))</strong> USD</p></div><dl>\n"
        for fact in facts { body += "<dt>\(Self.html(fact.name))</dt><dd>\(Self.html(fact.value))</dd>\n" }
        body += "</dl></div>\n"
        for section in sections { body += section.html }
        if !notes.isEmpty { body += "<footer>" + notes.map { "<p>\(Self.html($0))</p>" }.joined() + "</footer>\n" }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(Self.html("\(kind) \(number)"))</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <main>
            \(body)</main>
            </body>
            </html>

            """
    }

    /// Text in which nothing is markup, not in attributes either.
    static func html(_ text: String) -> String {
        var result = ""
        for character in TerminalText.printable(text).unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// Floats and tables alone: programs that make PDF of HTML know little of grids.
    private static let style = """
        @page { size: A4; margin: 18mm 16mm 20mm; @bottom-right { content: counter(page) " / " counter(pages); \
        font: 8pt sans-serif; color: #5b6675; } }
        :root { --ink: #16202c; --soft: #5b6675; --line: #d9dfe6; --tint: #f4f6f9; --accent: #0b5cad; }
        * { box-sizing: border-box; }
        body { margin: 0; background: #e9edf2; color: var(--ink); font: 10pt/1.45 system-ui, -apple-system, "Segoe UI", \
        Roboto, "Liberation Sans", Arial, sans-serif; font-variant-numeric: tabular-nums; }
        main { width: 210mm; max-width: 100%; min-height: 297mm; margin: 8mm auto; padding: 18mm 16mm; background: #fff; \
        box-shadow: 0 1px 6px rgb(0 0 0 / .18); }
        header { border-bottom: 2px solid var(--ink); padding-bottom: 3mm; }
        h1 { margin: 0; font-size: 22pt; font-weight: 650; letter-spacing: -.01em; }
        .brand { float: right; margin: 4mm 0 0; font-weight: 650; color: var(--accent); }
        .number { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
        .summary { margin: 6mm 0 2mm; overflow: hidden; }
        dl { margin: 0 62mm 0 0; }
        dt { float: left; clear: left; width: 42mm; color: var(--soft); }
        dd { margin: 0 0 .8mm 44mm; overflow-wrap: anywhere; }
        .due { float: right; background: var(--tint); border: 1px solid var(--line); border-radius: 2mm; padding: 4mm 6mm; \
        text-align: right; }
        .due p { margin: 0; color: var(--soft); }
        .due strong { font-size: 15pt; color: var(--ink); }
        h2 { font-size: 12pt; margin: 8mm 0 2mm; break-after: avoid; }
        table { width: 100%; border-collapse: collapse; }
        thead { display: table-header-group; }
        tfoot { display: table-row-group; }
        tr { break-inside: avoid; }
        th { text-align: left; font-size: 8pt; font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--ink); \
        padding: 1mm 2mm 1mm 0; vertical-align: bottom; }
        td { padding: 1.2mm 2mm 1.2mm 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
        .n { text-align: right; white-space: nowrap; padding-right: 0; padding-left: 3mm; }
        th.n { text-align: right; }
        .n:first-child { padding-left: 0; }
        .n + :not(.n) { padding-left: 4mm; }
        tfoot td { border-bottom: 0; border-top: 1.5px solid var(--ink); font-weight: 650; }
        a { color: var(--accent); text-decoration: none; }
        .note, footer { color: var(--soft); font-size: 8.5pt; }
        .annex { break-before: page; }
        .annex table { font-size: 6.2pt; }
        .annex td { padding-top: .6mm; padding-bottom: .6mm; white-space: nowrap; overflow-wrap: normal; }
        td.hash, .annex td.hash { font: 5.2pt/1.5 ui-monospace, "Liberation Mono", Menlo, monospace; min-width: 36mm; \
        white-space: normal; overflow-wrap: anywhere; }
        :target { background: #fff3c4; }
        footer { margin-top: 8mm; border-top: 1px solid var(--line); padding-top: 2mm; }
        @media print { body { background: none; } main { width: auto; min-height: 0; margin: 0; padding: 0; box-shadow: none; } \
        a { color: inherit; } }
        """
}

extension BillingDocument.Section {
    fileprivate var html: String {
        var text = "<section\(isAnnex ? " class=\"annex\"" : "")><h2>\(BillingDocument.html(title))</h2>\n"
        guard !rows.isEmpty else { return text + "<p class=\"note\">none</p></section>\n" }
        text += "<table><thead><tr>"
        for column in columns {
            text += "<th\(column.kind == .text ? "" : " class=\"n\"")>\(BillingDocument.html(column.title))</th>"
        }
        text += "</tr></thead>\n<tbody>\n"
        for (index, row) in formattedRows.enumerated() {
            let anchor = anchors.indices.contains(index) ? " id=\"\(BillingDocument.html(anchors[index]))\"" : ""
            text += "<tr\(anchor)>" + zip(columns, row).map(Self.cell).joined() + "</tr>\n"
        }
        text += "</tbody>\n"
        if let total = formattedTotal {
            text +=
                "<tfoot><tr>"
                + zip(columns, total).map { Self.cell($0, BillingDocument.Cell($1)) }.joined() + "</tr></tfoot>\n"
        }
        text += "</table>\n"
        if let note { text += "<p class=\"note\">\(BillingDocument.html(note))</p>\n" }
        return text + "</section>\n"
    }

    private static func cell(_ column: Table.Column, _ cell: BillingDocument.Cell) -> String {
        let text = BillingDocument.html(cell.text)
        let content = cell.target.map { "<a href=\"#\(BillingDocument.html($0))\">\(text)</a>" } ?? text
        if column.kind != .text { return "<td class=\"n\">\(content)</td>" }
        let isHash = cell.text.utf8.count == 64 && cell.text.utf8.allSatisfy { ($0 | 0x20) != $0 ? false : true }
        return isHash ? "<td class=\"hash\">\(content)</td>" : "<td>\(content)</td>"
    }
}
