/// The most a customer lets a subscription spend; a `nil` cap does not limit.
///
/// Set by the customer alone. A change holds from the next epoch on, so that usage before it is settled as agreed then.
public struct SpendingCaps: Sendable, Hashable {
    /// The most that one epoch's settlement may move.
    public var perEpoch: PicoUSD?
    /// The most that may move in one period.
    public var perPeriod: PicoUSD?
    /// The most that the subscription may ever move.
    public var lifetime: PicoUSD?

    /// No caps.
    public static let none = SpendingCaps()

    /// Creates caps.
    public init(perEpoch: PicoUSD? = nil, perPeriod: PicoUSD? = nil, lifetime: PicoUSD? = nil) {
        self.perEpoch = perEpoch
        self.perPeriod = perPeriod
        self.lifetime = lifetime
    }

    func validate() throws(MeteringError) {
        for cap in [perEpoch, perPeriod, lifetime] {
            guard let cap else { continue }
            guard (PicoUSD.zero...PicoUSD.ledgerLimit).contains(cap) else {
                throw MeteringError(
                    .invalidInput,
                    "a cap of \(cap) USD: a cap is zero to \(PicoUSD.ledgerLimit) USD; leave it out for none")
            }
        }
    }
}

/// Caps, and the first epoch that they hold for.
public struct CapChange: Sendable, Hashable {
    /// The first epoch that the caps hold for.
    public var from: Epoch
    /// The caps.
    public var caps: SpendingCaps
    /// Creates a change.
    public init(from: Epoch, caps: SpendingCaps) {
        self.from = from
        self.caps = caps
    }
}
