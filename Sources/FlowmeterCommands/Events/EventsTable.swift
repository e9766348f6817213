internal import Metering

/// Stored events as a table.
struct EventsTable: Sendable {
    var events: [StoredEvent]

    func rendered(_ context: CommandContext) -> String {
        guard !events.isEmpty else { return "no events\n" }
        let table = Table(
            columns: [
                Table.Column("TIME", .text), Table.Column("CUSTOMER", .text, minimumWidth: 8),
                Table.Column("SEQ", .count), Table.Column("MODEL", .text, minimumWidth: 12),
                Table.Column("SESSION", .text, minimumWidth: 8), Table.Column("QUALITY", .text),
                Table.Column("SOURCE", .text), Table.Column("CHARGE USD", .money),
            ],
            rows: events.map { stored in
                let event = stored.event
                return [
                    event.time.description, event.customer.rawValue, "\(stored.sequence)", event.model,
                    event.session.rawValue, event.quality.rawValue, event.source.rawValue, charge(of: event),
                ]
            })
        return table.rendered(width: context.output.columns, style: context.style)
    }

    private func charge(of event: UsageEvent) -> String {
        switch event.charge {
        case .priced(let amount): amount.description
        case .unpriced: "unpriced"
        }
    }
}
