public import Metering

/// What one FLOW costs.
public struct FlowPrice: Sendable, Hashable {
    /// The price of one FLOW in 10⁻¹² USD; more than zero.
    public var perFlow: PicoUSD
    /// When it was observed.
    public var observed: Timestamp
    /// Where it comes from, for people.
    public var source: String

    /// 10⁻⁸ FLOW in one FLOW (`UFix64`).
    public static let unitsPerFlow: Int128 = 100_000_000

    /// Creates a price.
    ///
    /// - Throws: `priceUnavailable` when it is not more than zero.
    public init(perFlow: PicoUSD, observed: Timestamp, source: String) throws(OracleError) {
        guard perFlow > .zero else { throw OracleError(.priceUnavailable, "a price of \(perFlow) USD for FLOW") }
        self.perFlow = perFlow
        self.observed = observed
        self.source = source
    }

    /// As much FLOW as an amount buys, rounded down to 10⁻⁸ FLOW, and what of the amount that uses up.
    ///
    /// What is not used up stays unsettled and is converted with the rest of the total next time. So nothing is lost and
    /// nothing is rounded twice, however the price moves.
    ///
    /// - Throws: `overflow` when the amount is negative or more FLOW than a `UFix64` can hold.
    public func convert(_ amount: PicoUSD) throws(OracleError) -> (units: UInt64, used: PicoUSD) {
        let (product, overflow) = amount.rawValue.multipliedReportingOverflow(by: Self.unitsPerFlow)
        guard amount >= .zero, !overflow, let units = UInt64(exactly: product / perFlow.rawValue) else {
            throw OracleError(.overflow, "\(amount) USD cannot be converted to FLOW at \(perFlow) USD")
        }
        // units × price ≤ product, which fits. Rounding up keeps what is used from being less than what is paid for.
        let (used, rest) = (Int128(units) * perFlow.rawValue).quotientAndRemainder(dividingBy: Self.unitsPerFlow)
        return (units, PicoUSD(rest > 0 ? used + 1 : used))
    }
}
