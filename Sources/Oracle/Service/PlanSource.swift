public import Metering

/// Where the customers' plans are.
///
/// Asked once for each epoch that is closed: a change holds for what is in no epoch yet.
public protocol PlanSource: Sendable {
    /// The plans as they are now.
    ///
    /// - Throws: When they cannot be read; nothing is closed then, for nobody is to be charged by another plan.
    func plans() throws(OracleError) -> PlanDirectory
}

/// Plans in a file.
extension PlanFile: PlanSource {
    /// The plans as the file has them now.
    public func plans() throws(OracleError) -> PlanDirectory {
        do { return try load() } catch { throw OracleError(.invalidInput, error.message, cause: error) }
    }
}

/// Plans that do not change while the program runs.
extension PlanDirectory: PlanSource {
    /// Itself.
    public func plans() throws(OracleError) -> PlanDirectory { self }
}
