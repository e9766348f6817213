/// A query with its parameters.
///
/// What is interpolated becomes a parameter; it is never pasted into the text, so no value can change what a query means:
///
/// ```swift
/// let query: BoltQuery = "MATCH (p:Person {name: \(name)}) WHERE p.age > \(age) RETURN p"
/// // MATCH (p:Person {name: $p0}) WHERE p.age > $p1 RETURN p
/// ```
///
/// Named parameters work as well: `BoltQuery("RETURN $x", ["x": 1])`. Labels, types and property names cannot be
/// parameters; `\(identifier: label)` quotes one.
public struct BoltQuery: Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The text.
    public var text: String
    /// The parameters by name.
    public var parameters: [String: any BoltEncodable]
    /// The first name that an interpolation and an explicit parameter both use.
    private var conflict: String?

    /// Creates a query with named parameters; an interpolated text keeps its own.
    public init(_ query: BoltQuery, _ parameters: [String: any BoltEncodable]) {
        self = query
        for (name, value) in parameters {
            if query.parameters[name] != nil { conflict = name }
            self.parameters[name] = value
        }
    }

    /// Creates a query from a text that is not a literal, with named parameters.
    public init(text: String, parameters: [String: any BoltEncodable] = [:]) {
        self.text = text
        self.parameters = parameters
    }

    /// Creates a query without parameters.
    public init(stringLiteral value: String) { self.init(text: value) }

    /// Creates a query from an interpolated text.
    public init(stringInterpolation: Interpolation) {
        self.init(text: stringInterpolation.text, parameters: stringInterpolation.parameters)
    }

    /// The text; values of parameters are not shown.
    public var description: String { text }

    func check() throws(BoltError) {
        guard let conflict else { return }
        throw BoltError(.invalidQuery, "the parameter \(conflict) is also the name of an interpolated value; rename it")
    }

    /// Collects the text and the parameters of an interpolated query.
    public struct Interpolation: StringInterpolationProtocol {
        var text = ""
        var parameters: [String: any BoltEncodable] = [:]

        /// Prepares for a text of about a length.
        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 4)
        }

        /// Adds text of the query.
        public mutating func appendLiteral(_ literal: String) { text += literal }

        /// Adds a parameter.
        public mutating func appendInterpolation(_ value: some BoltEncodable) {
            let name = "p\(parameters.count)"
            text += "$\(name)"
            parameters[name] = value
        }

        /// Adds a label, type or property name, quoted.
        public mutating func appendInterpolation(identifier: String) {
            text +=
                "`" + identifier.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``") + "`"
        }

        /// Adds text of the query that is not a literal.
        ///
        /// - Warning: Text from outside can make the query do anything.
        public mutating func appendInterpolation(unsafe text: String) { self.text += text }
    }
}
