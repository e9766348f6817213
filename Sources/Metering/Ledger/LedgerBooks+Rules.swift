/// The rules of a ledger, without any storage: see `Ledger` for what each method promises.
extension LedgerBooks {
    // MARK: Subscriptions

    /// See `Ledger`.
    package mutating func subscribe(
        _ terms: SubscriptionTerms, at time: Timestamp
    ) throws(MeteringError) -> Subscription {
        try terms.validate(at: time)
        if let known = try subscription(terms.id) {
            guard known.terms == terms else {
                throw MeteringError(.alreadyExists, "a subscription \(terms.id) exists with other terms")
            }
            return known
        }
        if let other = try openSubscription(of: terms.customer) {
            throw MeteringError(
                .notAllowed,
                "the customer \(terms.customer) has the subscription \(other); a new one can begin when that is closed")
        }
        let subscription = Subscription(
            terms: terms, created: time, opening: try formerlySettled(by: terms.customer))
        try save(subscription)
        return subscription
    }

    /// Changes a subscription's state or caps.
    package mutating func change(
        _ id: SubscriptionID, _ body: (inout Subscription) throws(MeteringError) -> Void
    ) throws(MeteringError) {
        var subscription = try existing(id)
        try body(&subscription)
        try save(subscription)
    }

    /// See `Ledger`.
    package mutating func close(_ id: SubscriptionID, at time: Timestamp) throws(MeteringError) {
        var subscription = try existing(id)
        guard try subscription.close(at: time) else { return }
        try save(subscription)
        guard let refund = Movement(from: .escrow(id), to: .world, subscription.escrow) else { return }
        try append(.refund, of: id, at: time, moving: refund)
    }

    private func existing(_ id: SubscriptionID) throws(MeteringError) -> Subscription {
        guard let subscription = try subscription(id) else {
            throw MeteringError(.notFound, "there is no subscription \(quoted(id.rawValue))")
        }
        return subscription
    }

    // MARK: Transfers

    /// See `Ledger`.
    package mutating func deposit(
        _ amount: PicoUSD, to id: SubscriptionID, reference: TransferReference, at time: Timestamp
    ) throws(MeteringError) {
        guard try isNew(reference, .deposit(amount, id), amount) else { return }
        let subscription = try existing(id)
        guard subscription.isOpen else { throw subscription.notAllowed("nothing can be paid in") }
        try append(.deposit(reference), of: id, at: time, moving: Movement(from: .world, to: .escrow(id), amount))
    }

    /// See `Ledger`.
    package mutating func withdraw(
        _ amount: PicoUSD, by provider: ProviderID, reference: TransferReference, at time: Timestamp
    ) throws(MeteringError) {
        guard try isNew(reference, .withdrawal(amount, provider), amount) else { return }
        let earned = try balance(of: .earnings(provider))
        guard amount <= earned else {
            throw MeteringError(
                .insufficientFunds, "the provider \(quoted(provider.rawValue)) can draw at most \(earned) USD")
        }
        try append(
            .withdrawal(reference), of: nil, at: time,
            moving: Movement(from: .earnings(provider), to: .world, amount))
    }

    /// See `Ledger`.
    package mutating func credit(_ note: CreditNote, at time: Timestamp) throws(MeteringError) {
        try note.validate()
        guard try isNew(note.reference, .credit(note), note.amount) else { return }
        var subscription = try existing(note.subscription)
        let provider = subscription.terms.provider
        let now = min(note.amount, try balance(of: .earnings(provider)))
        if now < note.amount {
            subscription.creditOwed += note.amount - now
            try save(subscription)
            try addCreditor(note.subscription, of: provider)
        }
        try append(
            .credit(note), of: note.subscription, at: time,
            moving: Movement(from: .earnings(provider), to: creditTarget(of: subscription), now))
    }

    private func isNew(
        _ reference: TransferReference, _ transfer: LedgerTransfer, _ amount: PicoUSD
    ) throws(MeteringError) -> Bool {
        guard (1...128).contains(reference.rawValue.utf8.count) else {
            throw MeteringError(.invalidInput, "a transfer's reference has 1–128 bytes")
        }
        guard amount > .zero, amount <= .ledgerLimit, amount == amount.roundedDown(to: unit) else {
            throw MeteringError(
                .invalidInput,
                "cannot move \(amount) USD: an amount is more than zero, at most \(PicoUSD.ledgerLimit) USD, "
                    + "and a multiple of \(unit) USD")
        }
        guard let before = try self.transfer(reference) else { return true }
        guard before == transfer else {
            throw MeteringError(
                .conflict, "the reference \(quoted(reference.rawValue)) was used for another transfer; choose a new one"
            )
        }
        return false
    }

    // MARK: Settlement

    /// See `Ledger`.
    package mutating func settle(
        _ batch: SettlementBatch, at time: Timestamp
    ) throws(MeteringError) -> [SettlementOutcome] {
        try batch.validate(schedule: schedule)
        var outcomes: [SettlementOutcome] = []
        outcomes.reserveCapacity(batch.items.count)
        for item in batch.items { outcomes.append(try settle(item, epoch: batch.epoch, at: time)) }
        return outcomes
    }

    private mutating func settle(
        _ item: SettlementItem, epoch: Epoch, at time: Timestamp
    ) throws(MeteringError) -> SettlementOutcome {
        guard var subscription = try subscription(item.subscription) else { return .refused(.unknownSubscription) }
        let outcome = subscription.settle(item, epoch: epoch, unit: unit, schedule: schedule)
        guard case .settled(let settled) = outcome else { return outcome }
        try save(subscription)
        let provider = subscription.terms.provider
        try append(
            .settlement(epoch: epoch, item: item, outcome: settled), of: item.subscription, at: time,
            moving: Movement(from: .escrow(item.subscription), to: .earnings(provider), settled.moved))
        if settled.moved > .zero { try payCredits(of: provider, at: time) }
        return outcome
    }

    private mutating func payCredits(of provider: ProviderID, at time: Timestamp) throws(MeteringError) {
        while let id = try firstCreditor(of: provider), var subscription = try subscription(id) {
            let amount = min(subscription.creditOwed, try balance(of: .earnings(provider)))
            let target = creditTarget(of: subscription)
            guard let payment = Movement(from: .earnings(provider), to: target, amount) else { return }
            subscription.creditOwed -= amount
            try save(subscription)
            if subscription.creditOwed == .zero { try removeCreditor(id, of: provider) }
            try append(.creditPaid, of: id, at: time, moving: payment)
        }
    }

    private func creditTarget(of subscription: Subscription) -> LedgerAccount {
        subscription.isOpen ? .escrow(subscription.id) : .world
    }
}
