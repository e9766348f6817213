/// What can be told of a Cadence program without an interpreter.
enum CadenceSource {
    /// Why a transaction's body fails before it begins, if it does.
    static func failure(of transaction: MockTransaction) -> (code: Int, message: String)? {
        let code = transaction.scriptText
        if let name = stringImport(in: code) {
            return (
                1101,
                "cadence runtime error: Execution failed:\nerror: cannot find declaration `\(name)` in `\(name)`\n"
            )
        }
        // `prepare` is given every authorizer (cadence `runtime/errors.go`).
        let expected = parameterCount(after: "prepare", in: code) ?? 0
        if expected != transaction.authorizers.count {
            return (
                1101,
                "cadence runtime error: Execution failed:\nerror: authorizer count mismatch: expected \(expected), got "
                    + "\(transaction.authorizers.count)\n"
            )
        }
        return argumentFailure(transaction.arguments, expected: parameterCount(after: "transaction", in: code))
    }

    /// Why a script fails before it begins, if it does.
    static func failure(ofScript code: String, arguments: [[UInt8]]) -> (code: Int, message: String)? {
        if let name = stringImport(in: code) {
            return (
                1101,
                "cadence runtime error: Execution failed:\nerror: cannot find declaration `\(name)` in `\(name)`\n"
            )
        }
        return argumentFailure(arguments, expected: parameterCount(after: "main", in: code))
    }

    private static func argumentFailure(_ arguments: [[UInt8]], expected: Int?) -> (code: Int, message: String)? {
        if let expected, expected != arguments.count {
            return (
                1101,
                "cadence runtime error: Execution failed:\nerror: entry point parameter count mismatch: expected "
                    + "\(expected), got \(arguments.count)\n"
            )
        }
        for (index, argument) in arguments.enumerated() {
            if let problem = CadenceJSON.problem(in: argument) {
                return (
                    1101,
                    "cadence runtime error: Execution failed:\nerror: invalid argument at index \(index): failed to "
                        + "decode: \(problem)\n"
                )
            }
        }
        return nil
    }

    /// Whether a transaction can be parsed at all: it is UTF-8, declares a transaction, and its brackets match.
    static func isParsable(_ script: [UInt8]) -> Bool {
        guard let text = String(validating: script, as: UTF8.self) else { return false }
        let code = stripped(text)
        var open: [Character] = []
        for character in code {
            switch character {
            case "{", "(", "[": open.append(character)
            case "}": guard open.popLast() == "{" else { return false }
            case ")": guard open.popLast() == "(" else { return false }
            case "]": guard open.popLast() == "[" else { return false }
            default: break
            }
        }
        return open.isEmpty && words(of: code).contains("transaction")
    }

    /// The name in `import "Name"`, which only tools that know flow.json understand; `Crypto` is built in.
    private static func stringImport(in code: String) -> String? {
        for line in code.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            guard words.first == "import", words.count == 2, words[1].hasPrefix("\""), words[1] != "\"Crypto\"" else {
                continue
            }
            return String(words[1].filter { $0 != "\"" && $0 != ";" })
        }
        return nil
    }

    /// How many parameters stand in the brackets behind `keyword`; `nil` when it does not occur.
    private static func parameterCount(after keyword: String, in text: String) -> Int? {
        let code = Array(stripped(text))
        let target = Array(keyword)
        var start = 0
        while start + target.count <= code.count {
            let end = start + target.count
            let isWord =
                Array(code[start..<end]) == target && (start == 0 || !isIdentifier(code[start - 1]))
                && (end == code.count || !isIdentifier(code[end]))
            if isWord { return count(Array(code[end...])) }
            start += 1
        }
        return nil
    }

    private static func count(_ code: [Character]) -> Int {
        var depth = 0
        var commas = 0
        var isEmpty = true
        for character in code {
            switch character {
            case "(", "[", "{", "<":
                if depth == 0, character != "(" { return 0 }
                if depth > 0 { isEmpty = false }
                depth += 1
            case ")", "]", "}", ">":
                depth -= 1
                if depth == 0 { return isEmpty ? 0 : commas + 1 }
            case ",": if depth == 1 { commas += 1 }
            default:
                if character.isWhitespace { continue }
                if depth == 0 { return 0 }
                isEmpty = false
            }
        }
        return 0
    }

    private static func isIdentifier(_ character: Character) -> Bool {
        character == "_" || character.isLetter || character.isNumber
    }

    private static func words(of code: String) -> [Substring] {
        code.split { !isIdentifier($0) }
    }

    /// The code without comments and without what is in strings.
    private static func stripped(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let character = rest.first {
            if rest.hasPrefix("//") {
                rest = rest.drop { !$0.isNewline }
            } else if rest.hasPrefix("/*") {
                rest = rest.dropFirst(2)
                while !rest.isEmpty, !rest.hasPrefix("*/") { rest = rest.dropFirst() }
                rest = rest.dropFirst(2)
            } else if character == "\"" {
                rest = rest.dropFirst()
                while let inside = rest.first, inside != "\"" { rest = rest.dropFirst(inside == "\\" ? 2 : 1) }
                rest = rest.dropFirst()
                result += "\"\""
            } else {
                result.append(character)
                rest = rest.dropFirst()
            }
        }
        return result
    }
}
