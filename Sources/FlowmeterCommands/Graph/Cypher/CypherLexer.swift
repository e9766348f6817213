/// Cuts a Cypher text into tokens: it knows strings, names in backticks and comments.
///
/// It cuts rather too often than too seldom: only letters, decimal digits and `_` hold a word together, and digits in front
/// of letters are a token of their own. So whatever a server reads as a keyword is a ``CypherToken/word(_:)`` here.
struct CypherLexer: Sendable {
    /// What a text is refused for before anything is cut.
    enum Fault: Error, Hashable {
        /// `\u0041`: servers decode it before they read the text, in strings and everywhere, so it can hide anything.
        case unicodeEscape
        /// A string, a name in backticks or a comment does not end.
        case unterminated(String)
        /// A character that is not seen.
        case controlCharacter(UInt32)
    }

    private let scalars: [Unicode.Scalar]
    private var index = 0

    private init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// The tokens of a text; comments and blanks are left out.
    static func tokens(of text: String) throws(Fault) -> [CypherToken] {
        var lexer = CypherLexer(text)
        try lexer.checkCharacters()
        var tokens: [CypherToken] = []
        while let token = try lexer.next() { tokens.append(token) }
        return tokens
    }

    private func checkCharacters() throws(Fault) {
        for (place, scalar) in scalars.enumerated() {
            if scalar == "\\", place + 1 < scalars.count, scalars[place + 1] == "u" || scalars[place + 1] == "U" {
                throw .unicodeEscape
            }
            switch scalar.properties.generalCategory {
            case .control where !["\t", "\n", "\r"].contains(scalar), .format, .surrogate, .privateUse, .unassigned:
                throw .controlCharacter(scalar.value)
            default: continue
            }
        }
    }

    private mutating func next() throws(Fault) -> CypherToken? {
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar.properties.isWhitespace {
                index += 1
            } else if scalar == "/", peek(1) == "/" {
                while index < scalars.count, scalars[index] != "\n", scalars[index] != "\r" { index += 1 }
            } else if scalar == "/", peek(1) == "*" {
                try skipComment()
            } else if scalar == "'" || scalar == "\"" {
                try skipString(scalar)
                return .string
            } else if scalar == "`" {
                try skipName()
                return .quotedName
            } else if Self.isDigit(scalar) {
                while index < scalars.count, Self.isDigit(scalars[index]) { index += 1 }
                return .number
            } else if Self.isInWord(scalar) {
                return .word(word())
            } else {
                index += 1
                return .symbol(Character(scalar))
            }
        }
        return nil
    }

    private func peek(_ distance: Int) -> Unicode.Scalar? {
        index + distance < scalars.count ? scalars[index + distance] : nil
    }

    private mutating func word() -> String {
        var word = String.UnicodeScalarView()
        while index < scalars.count, Self.isInWord(scalars[index]) || Self.isDigit(scalars[index]) {
            word.append(scalars[index])
            index += 1
        }
        return String(word)
    }

    private mutating func skipComment() throws(Fault) {
        index += 2
        while index < scalars.count {
            if scalars[index] == "*", peek(1) == "/" {
                index += 2
                return
            }
            index += 1
        }
        throw .unterminated("comment")
    }

    private mutating func skipString(_ quote: Unicode.Scalar) throws(Fault) {
        index += 1
        while index < scalars.count {
            let scalar = scalars[index]
            index += scalar == "\\" ? 2 : 1
            if scalar == quote { return }
        }
        throw .unterminated("string")
    }

    private mutating func skipName() throws(Fault) {
        index += 1
        while index < scalars.count {
            guard scalars[index] == "`" else {
                index += 1
                continue
            }
            guard peek(1) == "`" else {
                index += 1
                return
            }
            // Two backticks stand for one within a name.
            index += 2
        }
        throw .unterminated("name in backticks")
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func isInWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isAlphabetic
    }
}
