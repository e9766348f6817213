internal import Metering

/// The JSON form of a subscription.
struct SubscriptionDocument: Encodable, Sendable {
    var subscription: Subscription

    private enum CodingKeys: String, CodingKey {
        case id, customer, provider, state, created, epoch, caps
        case until = "state_time"
        case escrow = "escrow_usd"
        case opening = "opening_usd"
        case settled = "settled_usd"
        case unsettled = "unsettled_usd"
        case creditOwed = "credit_owed_usd"
        case periodSpent = "period_spent_usd"
        case periodLength = "period_ms"
        case grace = "grace_ms"
    }

    private struct Caps: Encodable {
        var fromEpoch: Int64?
        var perEpochUSD: String?
        var perPeriodUSD: String?
        var lifetimeUSD: String?

        init(_ change: CapChange) {
            fromEpoch = change.from == Epoch(.min) ? nil : change.from.rawValue
            perEpochUSD = change.caps.perEpoch?.description
            perPeriodUSD = change.caps.perPeriod?.description
            lifetimeUSD = change.caps.lifetime?.description
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let terms = subscription.terms
        try container.encode(terms.id.rawValue, forKey: .id)
        try container.encode(terms.customer.rawValue, forKey: .customer)
        try container.encode(terms.provider.rawValue, forKey: .provider)
        switch subscription.state {
        case .active: try container.encode("active", forKey: .state)
        case .paused: try container.encode("paused", forKey: .state)
        case .cancelling(let until):
            try container.encode("cancelling", forKey: .state)
            try container.encode(until.description, forKey: .until)
        case .closed(let time):
            try container.encode("closed", forKey: .state)
            try container.encode(time.description, forKey: .until)
        }
        try container.encode(subscription.created.description, forKey: .created)
        try container.encodeIfPresent(subscription.position?.epoch.rawValue, forKey: .epoch)
        try container.encode(subscription.capChanges.map(Caps.init), forKey: .caps)
        try container.encode(subscription.escrow.description, forKey: .escrow)
        try container.encode(subscription.opening.description, forKey: .opening)
        try container.encode(subscription.settled.description, forKey: .settled)
        try container.encode(subscription.unsettled.description, forKey: .unsettled)
        try container.encode(subscription.creditOwed.description, forKey: .creditOwed)
        try container.encode(subscription.periodSpent.description, forKey: .periodSpent)
        try container.encode(terms.periodLength, forKey: .periodLength)
        try container.encode(terms.grace, forKey: .grace)
    }
}

/// Subscriptions for people.
enum SubscriptionTable {
    /// Writes subscriptions as a table, or as JSON: an array, or one object.
    static func show(
        _ subscriptions: [Subscription], json: Bool, single: Bool = false, context: CommandContext
    ) throws {
        if json {
            let documents = subscriptions.map(SubscriptionDocument.init)
            let text =
                if single, let only = documents.first { try JSONText.snakeCase(only) } else {
                    try JSONText.snakeCase(documents)
                }
            try context.output.write(text)
        } else if subscriptions.isEmpty {
            try context.output.writeLine("no subscriptions")
        } else {
            let table = Table(
                columns: [
                    Table.Column("SUBSCRIPTION", .text, minimumWidth: 8),
                    Table.Column("CUSTOMER", .text, minimumWidth: 8),
                    Table.Column("STATE", .text, minimumWidth: 9), Table.Column("ESCROW USD", .money),
                    Table.Column("SETTLED USD", .money), Table.Column("UNSETTLED USD", .money),
                    Table.Column("CAPS", .text, minimumWidth: 6),
                ],
                rows: subscriptions.map {
                    [
                        $0.id.rawValue, $0.terms.customer.rawValue, $0.state.text, $0.escrow.description,
                        $0.settled.description, $0.unsettled.description, caps($0),
                    ]
                })
            try context.output.write(table.rendered(width: context.output.columns, style: context.style))
        }
    }

    private static func caps(_ subscription: Subscription) -> String {
        guard let change = subscription.capChanges.last else { return "none" }
        let caps = change.caps
        let parts = [
            caps.perEpoch.map { "\($0)/epoch" }, caps.perPeriod.map { "\($0)/period" },
            caps.lifetime.map { "\($0) in all" },
        ].compactMap(\.self)
        let from = change.from == Epoch(.min) ? "" : " from epoch \(change.from)"
        return (parts.isEmpty ? "none" : parts.joined(separator: ", ")) + from
    }
}
