/// A discount on the part of a month's list price that lies above an amount.
public struct VolumeTier: Sendable, Hashable {
    /// The month's list price above which the discount holds, up to the next tier.
    public var from: PicoUSD
    /// The discount in basis points of the list price: 0–10,000.
    public var discount: Int64

    /// Creates a tier.
    public init(from: PicoUSD, discount: Int64) {
        self.from = from
        self.discount = discount
    }
}
