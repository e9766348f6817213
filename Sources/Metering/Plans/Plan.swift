/// What a customer pays for what costs so much by the price list: a markup, and graduated discounts by volume.
///
/// Receipts state list prices, which anyone can check. A plan turns a month's sum of them into what is due. Everything is
/// exact until the one rounding on the month's total (design §2).
public struct Plan: Sendable, Hashable {
    /// The plan's name: 1–64 characters of `[A-Za-z0-9_.@-]`.
    public let id: String
    /// What is added to the list price, in basis points of it; negative for a discount.
    public let markup: Int64
    /// Discounts by the month's cumulative list price, lowest first.
    ///
    /// Graduated: each holds for its own part of the sum, so that a call which crosses into a tier is divided there.
    public let tiers: [VolumeTier]

    /// The list price and nothing else.
    public static let list = Plan(unchecked: "list")

    private init(unchecked id: String) {
        self.id = id
        markup = 0
        tiers = []
    }

    /// Creates a plan and checks it.
    ///
    /// - Throws: `invalidInput` when the id is malformed, the markup is not -10,000…1,000,000, or the tiers are not
    ///   rising from zero up or have discounts outside 0–10,000.
    public init(id: String, markup: Int64 = 0, tiers: [VolumeTier] = []) throws(MeteringError) {
        do { _ = try CustomerID(validating: id) } catch {
            throw MeteringError(
                .invalidInput, "not a plan's id: \(quoted(id)); use 1–64 letters, digits, and the characters _ . @ -")
        }
        guard (-10_000...1_000_000).contains(markup) else {
            throw MeteringError(
                .invalidInput, "the plan \(id) has a markup of \(markup) basis points; use -10000 to 1000000")
        }
        for (tier, next) in zip(tiers, tiers.dropFirst()) where tier.from >= next.from {
            throw MeteringError(.invalidInput, "the tiers of the plan \(id) are not in rising order")
        }
        for tier in tiers
        where !(0...10_000).contains(tier.discount) || !(PicoUSD.zero...PicoUSD.ledgerLimit).contains(tier.from) {
            throw MeteringError(
                .invalidInput,
                "the plan \(id) has a tier from \(tier.from) USD with \(tier.discount) basis points; a tier begins at "
                    + "zero or more, and its discount is 0 to 10000")
        }
        self.id = id
        self.markup = markup
        self.tiers = tiers
    }

    /// What the part of a month's list price between two sums costs.
    ///
    /// `cost(from: a, to: b) + cost(from: b, to: c)` is `cost(from: a, to: c)` exactly, so it does not matter how calls
    /// cut the month.
    ///
    /// - Throws: `overflow` for sums above `PicoUSD.ledgerLimit`.
    public func cost(from start: PicoUSD, to end: PicoUSD) throws(MeteringError) -> ExactAmount {
        guard start >= .zero, start <= end, end <= .ledgerLimit else {
            throw MeteringError(.overflow, "a month's list price left the range that can be charged")
        }
        var sum: Int128 = 0
        var position = start.rawValue
        var discount: Int64 = 0
        for tier in tiers {
            let boundary = min(tier.from.rawValue, end.rawValue)
            if boundary > position {
                sum += (boundary - position) * Int128(10_000 - discount)
                position = boundary
            }
            if tier.from.rawValue <= position { discount = tier.discount }
        }
        sum += (end.rawValue - position) * Int128(10_000 - discount)
        return ExactAmount(sum * Int128(10_000 + markup))
    }
}

/// An amount with the fractions that basis points of basis points make: a whole number of 10⁻²⁰ USD.
public struct ExactAmount: Sendable, Hashable, Comparable {
    /// The amount in 10⁻²⁰ USD.
    public var rawValue: Int128
    /// Creates an amount of `rawValue` × 10⁻²⁰ USD.
    public init(_ rawValue: Int128) { self.rawValue = rawValue }
    /// Nothing.
    public static let zero = ExactAmount(0)
    /// Whether `lhs` is less than `rhs`.
    public static func < (lhs: ExactAmount, rhs: ExactAmount) -> Bool { lhs.rawValue < rhs.rawValue }
    /// The amount rounded down to 10⁻¹² USD; for amounts of zero or more.
    public var roundedDown: PicoUSD { PicoUSD(rawValue / 100_000_000) }

    /// The sum.
    ///
    /// - Throws: `overflow`.
    public func adding(_ other: ExactAmount) throws(MeteringError) -> ExactAmount {
        let (sum, overflow) = rawValue.addingReportingOverflow(other.rawValue)
        guard !overflow else { throw MeteringError(.overflow, "a sum of money left the range that can be kept") }
        return ExactAmount(sum)
    }
}
