/// A check that a store did not pass.
public struct ConformanceFailure: Error, Sendable, CustomStringConvertible {
    /// What was expected, and what was seen.
    public var description: String
    /// Creates a failure.
    public init(_ description: String) { self.description = description }
}
