internal import Metering

/// A column of what is shown, and where its values stand in the rows of the answer.
struct GraphColumn: Sendable, Hashable {
    /// The name that the query gave it.
    var name: String
    /// Whether whole numbers in it are amounts of 10⁻¹² US dollars: then its name ends with "charge".
    var isMoney: Bool
    private var index: Int
    /// Where the rest of an amount stands that needs more than 64 bits.
    private var carryIndex: Int?

    /// What one unit of the rest is worth, in 10⁻¹² US dollars.
    private static let carryUnit: Int128 = 1_000_000_000_000_000_000

    /// The columns to show of an answer's; with `raw`, none is taken for money.
    static func columns(_ names: [String], raw: Bool) -> [GraphColumn] {
        let money = raw ? [] : names.indices.filter { names[$0].lowercased().hasSuffix("charge") }
        let carries = money.compactMap { index in names.firstIndex(of: names[index] + "Carry").map { (index, $0) } }
        return names.indices.compactMap { index in
            guard !carries.contains(where: { $0.1 == index }) else { return nil }
            return GraphColumn(
                name: names[index], isMoney: money.contains(index), index: index,
                carryIndex: carries.first { $0.0 == index }?.1)
        }
    }

    private init(name: String, isMoney: Bool, index: Int, carryIndex: Int?) {
        (self.name, self.isMoney, self.index, self.carryIndex) = (name, isMoney, index, carryIndex)
    }

    /// The name for programs: as everywhere, it says what money is in.
    var key: String { isMoney ? name + "_usd" : name }
    /// The name for people.
    var title: String { isMoney ? name + " USD" : name }

    /// The value that is shown of a row.
    func shown(_ row: [GraphValue]) -> GraphValue {
        guard isMoney, case .integer(let amount) = row[index] else { return row[index] }
        var carry: Int64 = 0
        if let carryIndex, case .integer(let rest) = row[carryIndex] { carry = rest }
        return .money(PicoUSD(Int128(amount) + Int128(carry) * Self.carryUnit).description)
    }
}
