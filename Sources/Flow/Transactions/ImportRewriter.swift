/// Gives the imports of Cadence code the addresses that the chain needs.
///
/// `import "FungibleToken"` and `import FungibleToken from "path/FungibleToken.cdc"` are forms of the tools only; on chain
/// it is `import FungibleToken from 0x9a0766d93b6608b7`. Imports with addresses, and the built-in `Crypto`, stay as they
/// are. So do comments and strings.
enum ImportRewriter {
    static func rewrite(_ source: String, aliases: ContractAliases) throws(FlowError) -> String {
        let bytes = Array(source.utf8)
        var scanner = CadenceScanner(bytes)
        var result: [UInt8] = []
        var copied = 0
        var depth = 0
        while let token = scanner.next() {
            switch token.kind {
            case .word where depth == 0 && bytes[token.range].elementsEqual("import".utf8):
                guard let statement = try importStatement(&scanner, bytes, aliases) else { break }
                result += bytes[copied..<token.range.lowerBound]
                result += Array(statement.text.utf8)
                copied = statement.end
            case .symbol(UInt8(ascii: "{")), .symbol(UInt8(ascii: "(")): depth += 1
            case .symbol(UInt8(ascii: "}")), .symbol(UInt8(ascii: ")")): depth -= 1
            default: break
            }
        }
        result += bytes[copied...]
        return String(decoding: result, as: UTF8.self)
    }

    /// What replaces the statement whose `import` was just read; `nil` when it can stay.
    private static func importStatement(
        _ scanner: inout CadenceScanner, _ bytes: [UInt8], _ aliases: ContractAliases
    ) throws(FlowError) -> (text: String, end: Int)? {
        let before = scanner
        guard let first = scanner.next() else { return nil }
        if first.kind == .string {
            let name = contractName(bytes, first.range)
            var end = first.range.upperBound
            var alias: String?
            let afterName = scanner
            let next = scanner.next()
            if next?.kind == .symbol(UInt8(ascii: ",")) {
                throw FlowError(
                    .invalidInput, "import one contract with each statement: '\(name)' is followed by a comma")
            }
            if let next, next.kind == .word, bytes[next.range].elementsEqual("as".utf8), let other = scanner.next(),
                other.kind == .word
            {
                alias = String(decoding: bytes[other.range], as: UTF8.self)
                end = other.range.upperBound
            } else {
                scanner = afterName
            }
            return (try statement(name, as: alias, aliases), end)
        }
        // import A as B, C from …
        var names: [(name: String, alias: String?)] = []
        var (expectsName, expectsAlias) = (true, false)
        var token: CadenceScanner.Token? = first
        while let current = token {
            let text = String(decoding: bytes[current.range], as: UTF8.self)
            switch current.kind {
            case .word where expectsName:
                names.append((text, nil))
                expectsName = false
            case .word where expectsAlias:
                names[names.count - 1].alias = text
                expectsAlias = false
            case .word where text == "as": expectsAlias = true
            case .symbol(UInt8(ascii: ",")) where !expectsName && !expectsAlias: expectsName = true
            case .word where text == "from":
                guard let place = scanner.next(), place.kind == .string else { return nil }
                // One place may hold contracts that are deployed to several accounts.
                let statements = try names.map { (name) throws(FlowError) in
                    try statement(name.name, as: name.alias, aliases)
                }
                return (statements.joined(separator: "\n"), place.range.upperBound)
            default:
                scanner = before
                return nil
            }
            token = scanner.next()
        }
        scanner = before
        return nil
    }

    private static func statement(
        _ name: String, as alias: String?, _ aliases: ContractAliases
    ) throws(FlowError) -> String {
        guard let address = aliases[name] else { throw ContractAliases.unknown(name) }
        let canonical = aliases.canonicalNames[name] ?? name
        let local = alias ?? name
        return "import \(canonical)\(local == canonical ? "" : " as \(local)") from \(address)"
    }

    /// The name in quotes; of a path, the file's name without its extension.
    private static func contractName(_ bytes: [UInt8], _ range: Range<Int>) -> String {
        let text = String(decoding: bytes[(range.lowerBound + 1)..<(range.upperBound - 1)], as: UTF8.self)
        let file = text.split(separator: "/").last.map(String.init) ?? text
        return file.hasSuffix(".cdc") ? String(file.dropLast(4)) : file
    }
}

extension ContractAliases {
    /// The source with every import by name rewritten to one by address.
    ///
    /// - Throws: ``FlowError/Code/invalidInput`` that names a contract without an alias.
    public func rewriteImports(of source: String) throws(FlowError) -> String {
        try ImportRewriter.rewrite(source, aliases: self)
    }
}
