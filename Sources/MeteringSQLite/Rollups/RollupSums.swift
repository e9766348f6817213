internal import Metering

/// How `UsageSums` are laid out in the columns of a roll-up.
///
/// A charge is `charge` + `chargeCarry` × 10¹⁸, both never negative and `charge` below 10¹⁸: exact far beyond 128-bit
/// sums of what events can cost, and two such numbers add up without overflow, also in SQL.
enum RollupSums {
    /// The columns, in the order in which they are bound and read.
    static let columns = [
        "calls", "inputTokens", "outputTokens", "cacheWrite5mTokens", "cacheWrite1hTokens", "cacheReadTokens",
        "webSearches", "unpriced", "estimated", "charge", "chargeCarry",
    ]

    /// What one unit of `chargeCarry` is worth.
    static let carryUnit: Int128 = 1_000_000_000_000_000_000

    /// The assignments that add an upsert's values to the row that is there.
    ///
    /// Counts stop at the largest integer.
    static var additions: String {
        let counts = columns.dropLast(2).map {
            "\($0) = min(\($0), 9223372036854775807 - excluded.\($0)) + excluded.\($0)"
        }
        return (counts + [chargeAdditions]).joined(separator: ", ")
    }

    /// The same for a table that has no sums but the charge.
    static var chargeAdditions: String {
        "charge = (charge + excluded.charge) % 1000000000000000000, "
            + "chargeCarry = chargeCarry + excluded.chargeCarry + (charge + excluded.charge) / 1000000000000000000"
    }

    /// Splits a charge that is not negative.
    static func parts(of charge: PicoUSD) -> (charge: Int64, carry: Int64) {
        if let small = Int64(exactly: charge.rawValue), small < Int64(carryUnit) { return (small, 0) }
        let (carry, rest) = charge.rawValue.quotientAndRemainder(dividingBy: carryUnit)
        return (Int64(rest), Int64(clamping: carry))
    }

    /// Puts a charge together.
    @inline(__always)
    static func charge(_ charge: Int64, carry: Int64) -> PicoUSD {
        carry == 0 ? PicoUSD(Int128(charge)) : PicoUSD(Int128(carry) * carryUnit + Int128(charge))
    }

    static func bind(_ sums: UsageSums, to statement: StoreStatement, from index: Int32) {
        statement.bind(sums.calls, at: index)
        statement.bind(sums.inputTokens, at: index + 1)
        statement.bind(sums.outputTokens, at: index + 2)
        statement.bind(sums.cacheWrite5mTokens, at: index + 3)
        statement.bind(sums.cacheWrite1hTokens, at: index + 4)
        statement.bind(sums.cacheReadTokens, at: index + 5)
        statement.bind(sums.webSearches, at: index + 6)
        statement.bind(sums.unpriced, at: index + 7)
        statement.bind(sums.estimated, at: index + 8)
        bindCharge(sums.charge, to: statement, from: index + 9)
    }

    static func bindCharge(_ charge: PicoUSD, to statement: StoreStatement, from index: Int32) {
        let parts = parts(of: charge)
        statement.bind(parts.charge, at: index)
        statement.bind(parts.carry, at: index + 1)
    }

    static func read(from statement: StoreStatement, at column: Int32) -> UsageSums {
        var sums = UsageSums()
        sums.calls = statement.integer(at: column)
        sums.inputTokens = statement.integer(at: column + 1)
        sums.outputTokens = statement.integer(at: column + 2)
        sums.cacheWrite5mTokens = statement.integer(at: column + 3)
        sums.cacheWrite1hTokens = statement.integer(at: column + 4)
        sums.cacheReadTokens = statement.integer(at: column + 5)
        sums.webSearches = statement.integer(at: column + 6)
        sums.unpriced = statement.integer(at: column + 7)
        sums.estimated = statement.integer(at: column + 8)
        sums.charge = charge(statement.integer(at: column + 9), carry: statement.integer(at: column + 10))
        return sums
    }
}
