internal import Bolt
internal import Metering

/// The caps of a customer, each with what is settled in its window.
struct SpendWindowSums {
    private struct Window {
        var window: SpendWindow
        var cap: PicoUSD
        var settled: PicoUSD
        /// When the window begins anew; `nil` for all time.
        var resets: Timestamp?
    }

    /// In the order in which they are asked: the one that opens last first.
    private var windows: [Window] = []

    /// Reads the sums of the windows that are limited.
    static func read(
        _ customer: CustomerID, _ limits: SpendLimits, _ now: Timestamp, in transaction: BoltTransaction
    ) async throws -> SpendWindowSums {
        let day = now.day
        let month = day.month
        var sums = SpendWindowSums()
        func add(
            _ window: SpendWindow, _ cap: PicoUSD?, from first: Day?, through last: Day?, resets: Timestamp?
        ) async throws {
            guard let cap else { return }
            let query = UsageQuery(by: .total, since: first, until: last, customer: customer)
            var settled = PicoUSD.zero
            for part in UsagePart.parts(of: query) {
                for record in try await transaction.execute(part.query).records {
                    var fields = Fields(record)
                    _ = try fields.next(String.self)
                    settled += try UsageColumns.sums(&fields).charge
                }
            }
            sums.windows.append(Window(window: window, cap: cap, settled: settled, resets: resets))
        }
        try await add(.lifetime, limits.lifetime, from: nil, through: nil, resets: nil)
        try await add(
            .monthly, limits.monthly, from: month.firstDay, through: month.lastDay,
            resets: month.next.firstDay.start)
        try await add(
            .daily, limits.daily, from: day, through: day, resets: day.next.start)
        return sums
    }

    /// How the customer stands; windows without a cap are not looked at.
    func standing(limits: SpendLimits, leased: PicoUSD) -> SpendStanding {
        func settled(_ window: SpendWindow) -> PicoUSD { windows.first { $0.window == window }?.settled ?? .zero }
        return SpendStanding(
            limits: limits, daily: settled(.daily), monthly: settled(.monthly), lifetime: settled(.lifetime),
            leased: leased)
    }

    /// The window that refuses an amount beside what is leased, if any.
    ///
    /// Of several, the one that opens last; one that only running calls block opens first of all.
    func refusal(of upperBound: PicoUSD, leased: PicoUSD) -> SpendRefusal? {
        let refusals = windows.compactMap { window -> SpendRefusal? in
            let isOpen = window.settled + leased + upperBound <= window.cap && window.settled < window.cap
            return isOpen
                ? nil
                : SpendRefusal(
                    window: window.window, cap: window.cap, settled: window.settled, leased: leased,
                    upperBound: upperBound, resets: window.resets)
        }
        return refusals.first { !$0.isPassing } ?? refusals.first
    }
}
