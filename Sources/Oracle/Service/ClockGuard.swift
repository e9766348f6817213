internal import Metering

/// Keeps a clock that jumped far ahead from closing an epoch: no earlier epoch could be settled after it.
struct ClockGuard {
    /// For how many milliseconds nothing may have been seen of the oracle before somebody has to confirm the clock.
    let maximumSilence: Int64
    let schedule: EpochSchedule

    /// Checks the time against the last ones that were believed: of the latest commitment, and of the lease.
    ///
    /// - Throws: `unsafeClock`.
    func check(
        _ now: Timestamp, latest: Epoch?, lease: Lease?, confirmed: Epoch?
    ) throws(OracleError) {
        let seen = [latest.map { schedule.end(of: $0) }, lease?.held].compactMap { $0 }.max()
        guard let seen else { return }
        let (silence, overflow) = now.milliseconds.subtractingReportingOverflow(seen.milliseconds)
        guard overflow || silence > maximumSilence else { return }
        let current = schedule.epoch(at: now)
        if let confirmed, confirmed >= current { return }
        throw OracleError(
            .unsafeClock,
            "the clock says \(now), and the oracle was last seen at \(seen); if the clock is right, confirm it once "
                + "with `flowmeter oracle step --confirm-epoch \(current)`")
    }
}
