public import Metering

/// Where the price of FLOW in USD comes from.
///
/// A feed that has no good price throws. There is no price to fall back on, anywhere.
public protocol PriceFeed: Sendable {
    /// The present price.
    ///
    /// - Throws: `priceUnavailable`.
    func price(at now: Timestamp) async throws(OracleError) -> FlowPrice
}

/// A price that the operator and its customers agreed on.
public struct FixedPriceFeed: PriceFeed {
    private let perFlow: PicoUSD

    /// Creates a feed.
    ///
    /// - Throws: `priceUnavailable` when the price is not more than zero.
    public init(perFlow: PicoUSD) throws(OracleError) {
        self.perFlow = try FlowPrice(perFlow: perFlow, observed: Timestamp(milliseconds: 0), source: "fixed").perFlow
    }

    /// The agreed price, which is always of now.
    public func price(at now: Timestamp) async throws(OracleError) -> FlowPrice {
        try FlowPrice(perFlow: perFlow, observed: now, source: "fixed")
    }
}

/// Passes on only prices that are within bounds and fresh.
public struct GuardedPriceFeed: PriceFeed {
    private let feed: any PriceFeed
    private let bounds: ClosedRange<PicoUSD>
    private let maximumAge: Int64

    /// Guards a feed.
    ///
    /// - Parameters:
    ///   - bounds: The lowest and the highest price that is believed.
    ///   - maximumAge: For how many milliseconds a price is fresh.
    public init(_ feed: any PriceFeed, bounds: ClosedRange<PicoUSD>, maximumAge: Int64) {
        self.feed = feed
        self.bounds = bounds
        self.maximumAge = maximumAge
    }

    /// The feed's price, if it is to be believed.
    public func price(at now: Timestamp) async throws(OracleError) -> FlowPrice {
        let price = try await feed.price(at: now)
        guard bounds.contains(price.perFlow) else {
            throw OracleError(
                .priceUnavailable,
                "the price of \(price.perFlow) USD from \(price.source) is outside \(bounds.lowerBound)–"
                    + "\(bounds.upperBound) USD; check it and change the bounds if it is right")
        }
        let (age, overflow) = now.milliseconds.subtractingReportingOverflow(price.observed.milliseconds)
        // A price from the future is as doubtful as an old one; a minute is what clocks differ.
        guard !overflow, age <= maximumAge, age >= -60_000 else {
            throw OracleError(
                .priceUnavailable,
                "the price from \(price.source) is of \(price.observed), which is not within \(maximumAge) ms of now")
        }
        return price
    }
}
