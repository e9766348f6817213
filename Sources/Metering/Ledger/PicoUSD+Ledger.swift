extension PicoUSD {
    /// The largest amount that a ledger takes at once: 10¹² USD.
    ///
    /// It keeps every sum of a ledger within the range of the type.
    public static let ledgerLimit = PicoUSD(1_000_000_000_000_000_000_000_000)

    /// The largest multiple of `unit` that is not above it; for amounts of zero or more.
    public func roundedDown(to unit: PicoUSD) -> PicoUSD {
        unit.rawValue > 1 ? PicoUSD(rawValue - rawValue % unit.rawValue) : self
    }
}
