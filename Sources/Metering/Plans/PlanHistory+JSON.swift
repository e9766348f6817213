/// The terms of plans as documents, so that a commitment can state what it was made by.
extension PlanHistory {
    /// `[{"from":…,"id":…,"markup_bp":…,"tiers":[{"discount_bp":…,"from":…},…]},…]`, amounts in 10⁻¹² USD; empty for the
    /// list price.
    public var json: CanonicalJSON {
        .array(
            changes.map { change in
                .object([
                    "from": .number(change.from.milliseconds), "id": .string(change.plan.id),
                    "markup_bp": .number(change.plan.markup),
                    "tiers": .array(
                        change.plan.tiers.map { tier in
                            .object(["discount_bp": .number(tier.discount), "from": .number(tier.from.rawValue)])
                        }),
                ])
            })
    }

    /// Reads a document.
    ///
    /// - Throws: `invalidInput`.
    public init(_ json: CanonicalJSON) throws(MeteringError) {
        guard case .array(let elements) = json else {
            throw MeteringError(.invalidInput, "the plan of an entry is no list of terms")
        }
        var changes: [Change] = []
        for element in elements {
            var members = try CanonicalJSON.Members(element, of: "the plan")
            var tiers: [VolumeTier] = []
            for element in try members.array("tiers") {
                var tier = try CanonicalJSON.Members(element, of: "a tier of the plan")
                tiers.append(
                    VolumeTier(
                        from: PicoUSD(try tier.integer("from")), discount: try tier.integer("discount_bp")))
                try tier.finish()
            }
            let from = Timestamp(milliseconds: try members.integer("from"))
            guard changes.last.map({ $0.from < from }) ?? true else { throw members.error("from", "is out of order") }
            changes.append(
                Change(
                    from: from,
                    plan: try Plan(
                        id: try members.string("id"), markup: try members.integer("markup_bp"), tiers: tiers)))
            try members.finish()
        }
        self.init(changes)
    }
}
