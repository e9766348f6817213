/// Money reserved for one call.
///
/// Settle it or release it with the ``SpendGuard`` that gave it; else it expires.
public struct SpendLease: Sendable, Hashable {
    /// The lease's number, unique in its guard.
    let id: UInt64
    /// Who pays.
    public let customer: CustomerID
    /// What is reserved, at list price.
    public let upperBound: PicoUSD
    /// The most that this makes due by the customer's plan.
    let dueBound: PicoUSD
    /// When the reservation ends by itself.
    public let expires: Timestamp
}

/// The window of a cap.
public enum SpendWindow: String, Sendable, Hashable, CaseIterable {
    /// A UTC day.
    case daily
    /// A UTC month.
    case monthly
    /// All time.
    case lifetime
    /// What is left in the escrow of the customer's subscription.
    case escrow
    /// An epoch of the customer's subscription.
    case epoch
    /// A period of the customer's subscription.
    case period
    /// The subscription as a whole: its lifetime cap, a pause, or its end.
    case subscription
}

/// Why money was not reserved.
public struct SpendRefusal: Error, Sendable, Hashable {
    /// The window whose cap is reached.
    public var window: SpendWindow
    /// The cap.
    public var cap: PicoUSD
    /// What calls that ended have cost in this window.
    public var settled: PicoUSD
    /// What is reserved for calls that run.
    public var leased: PicoUSD
    /// What the refused call could have cost.
    public var upperBound: PicoUSD
    /// When the window begins anew.
    ///
    /// `nil` for all time.
    public var resets: Timestamp?

    /// What is left of the cap.
    public var remaining: PicoUSD { max(.zero, cap - settled) }
    /// Whether only the reservations of running calls are in the way: when these end, the call may be possible.
    public var isPassing: Bool { settled < cap && settled + upperBound <= cap }

    /// Creates a refusal.
    public init(
        window: SpendWindow, cap: PicoUSD, settled: PicoUSD, leased: PicoUSD, upperBound: PicoUSD, resets: Timestamp?
    ) {
        self.window = window
        self.cap = cap
        self.settled = settled
        self.leased = leased
        self.upperBound = upperBound
        self.resets = resets
    }
}

/// How a customer stands against the caps.
public struct SpendStanding: Sendable, Hashable {
    /// The caps.
    public var limits: SpendLimits
    /// Settled this UTC day.
    public var daily: PicoUSD
    /// Settled this UTC month.
    public var monthly: PicoUSD
    /// Settled ever.
    public var lifetime: PicoUSD
    /// Reserved for calls that run.
    public var leased: PicoUSD

    /// Creates a standing.
    public init(limits: SpendLimits, daily: PicoUSD, monthly: PicoUSD, lifetime: PicoUSD, leased: PicoUSD) {
        self.limits = limits
        self.daily = daily
        self.monthly = monthly
        self.lifetime = lifetime
        self.leased = leased
    }
}
