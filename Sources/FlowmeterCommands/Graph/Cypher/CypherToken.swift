/// A piece of a Cypher text, as far as it matters for what the text may do.
enum CypherToken: Sendable, Hashable {
    /// Letters, digits and `_`: a keyword, a name, or part of one.
    case word(String)
    /// A name in backticks.
    case quotedName
    /// A string.
    case string
    /// Digits.
    case number
    /// Any other visible character.
    case symbol(Character)
}
