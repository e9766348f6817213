/// An amount of money: a whole number of 10⁻¹² US dollars.
///
/// Every price and every charge is exact in this unit, so sums never drift. Rounding to a ledger's unit happens once,
/// on cumulative totals (design §2).
public struct PicoUSD: Sendable, Hashable, Comparable, AdditiveArithmetic {
    /// The amount in 10⁻¹² USD.
    public var rawValue: Int128

    /// Creates an amount of `rawValue` × 10⁻¹² USD.
    @inlinable
    public init(_ rawValue: Int128) { self.rawValue = rawValue }

    /// No money.
    public static let zero = PicoUSD(0)
    /// One US dollar.
    public static let dollar = PicoUSD(1_000_000_000_000)

    /// Whether `lhs` is less money than `rhs`.
    @inlinable
    public static func < (lhs: PicoUSD, rhs: PicoUSD) -> Bool { lhs.rawValue < rhs.rawValue }
    /// The sum.
    ///
    /// Amounts made from counts within `MessageUsage.countLimit` cannot overflow it.
    @inlinable
    public static func + (lhs: PicoUSD, rhs: PicoUSD) -> PicoUSD { PicoUSD(lhs.rawValue + rhs.rawValue) }
    /// The difference.
    @inlinable
    public static func - (lhs: PicoUSD, rhs: PicoUSD) -> PicoUSD { PicoUSD(lhs.rawValue - rhs.rawValue) }
    /// The price of `quantity` units at `price` each.
    @inlinable
    public static func * (quantity: Int64, price: PicoUSD) -> PicoUSD { PicoUSD(Int128(quantity) * price.rawValue) }
}
