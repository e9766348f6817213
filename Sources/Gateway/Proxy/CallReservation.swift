import Metering

/// What is reserved for one call: by this gateway, and where all gateways see it.
struct CallReservation {
    var lease: SpendLease
    /// Without other gateways, or for a customer without limits, there is none.
    var shared: Shared?

    struct Shared {
        var lease: SharedLease
        /// How the customer stood over all gateways, without this call.
        var standing: SpendStanding
    }

    /// Ends it with what the call cost: nothing, when there is no event.
    func settle(_ event: UsageEvent?, in core: GatewayCore) {
        guard let event else {
            core.spending.release(lease)
            if let shared { core.reservations?.release(shared.lease) }
            return
        }
        core.spending.settle(lease, charge: event.charge, now: event.time)
        if let shared {
            core.reservations?.settle(shared.lease, as: event.id, charge: event.charge, now: event.time)
        }
    }
}
