import Metering
import MeteringConformance
import Testing

@Suite("Plans")
struct PlanTests {
    /// The four graduated tiers of docs/ledger.md: an example.
    static func fourTiers(markup: Int64 = 0) throws -> Plan {
        try Plan(
            id: "volume", markup: markup,
            tiers: [
                VolumeTier(from: .zero, discount: 0), VolumeTier(from: usd(100), discount: 500),
                VolumeTier(from: usd(1_000), discount: 1_000), VolumeTier(from: usd(10_000), discount: 2_000),
            ])
    }

    static func usd(_ dollars: Int128) -> PicoUSD { PicoUSD(dollars * PicoUSD.dollar.rawValue) }

    @Test(
        "Each tier holds for its own part of the sum",
        arguments: [
            (0, 0), (99, 99), (100, 100), (200, 195), (1_000, 955), (2_000, 1_855), (10_000, 9_055), (20_000, 17_055),
        ] as [(Int128, Int128)])
    func tiers(list: Int128, due: Int128) throws {
        let cost = try Self.fourTiers().cost(from: .zero, to: Self.usd(list))
        #expect(cost.roundedDown == Self.usd(due))
    }

    @Test("The markup is on top of the discounts")
    func markup() throws {
        // 195 USD with 20 % on top.
        let cost = try Self.fourTiers(markup: 2_000).cost(from: .zero, to: Self.usd(200))
        #expect(cost.roundedDown == Self.usd(234))
        #expect(try Plan(id: "half", markup: -5_000).cost(from: .zero, to: PicoUSD(3)).roundedDown == PicoUSD(1))
        #expect(try Plan(id: "free", markup: -10_000).cost(from: .zero, to: .ledgerLimit) == .zero)
    }

    @Test("However calls cut a month, it costs the same", arguments: 1...50 as ClosedRange<UInt64>)
    func additive(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let tiers = (0..<Int.random(in: 0...5, using: &random)).map { index in
            VolumeTier(
                from: PicoUSD(Int128(index) * 1_000_003 + Int128.random(in: 0..<1_000, using: &random)),
                discount: Int64.random(in: 0...10_000, using: &random))
        }
        let plan = try Plan(id: "random", markup: Int64.random(in: -10_000...50_000, using: &random), tiers: tiers)
        var meter = PlanMeter(plans: PlanHistory([PlanHistory.Change(from: Timestamp(milliseconds: 0), plan: plan)]))
        var (list, rises) = (PicoUSD.zero, PicoUSD.zero)
        for _ in 0..<200 {
            let charge = PicoUSD(Int128.random(in: 0...90_000, using: &random))
            list += charge
            let rise = try meter.add(charge, at: Timestamp(milliseconds: 5))
            #expect(rise >= .zero, "seed \(seed)")
            rises += rise
            // The reference: unit by unit of 10⁻¹² USD would be the same sum; here tier by tier over the whole.
            #expect(meter.due == Self.reference(plan, list), "seed \(seed)")
        }
        #expect(rises == meter.due, "seed \(seed)")
    }

    /// Σ over tiers of (what of the sum lies in the tier) × (1 - discount) × (1 + markup), rounded down.
    private static func reference(_ plan: Plan, _ list: PicoUSD) -> PicoUSD {
        var sum = min(list, plan.tiers.first?.from ?? list).rawValue * 10_000
        for (index, tier) in plan.tiers.enumerated() {
            let end = index + 1 < plan.tiers.count ? min(list, plan.tiers[index + 1].from) : list
            sum += max(0, (end - tier.from).rawValue) * Int128(10_000 - tier.discount)
        }
        return PicoUSD(sum * Int128(10_000 + plan.markup) / 100_000_000)
    }

    @Test("A plan that makes no sense is refused")
    func validation() {
        #expect(throws: MeteringError.self) { try Plan(id: "a b") }
        #expect(throws: MeteringError.self) { try Plan(id: "a", markup: -10_001) }
        #expect(throws: MeteringError.self) { try Plan(id: "a", tiers: [VolumeTier(from: .zero, discount: 10_001)]) }
        #expect(throws: MeteringError.self) { try Plan(id: "a", tiers: [VolumeTier(from: PicoUSD(-1), discount: 1)]) }
        #expect(throws: MeteringError.self) {
            try Plan(
                id: "a", tiers: [VolumeTier(from: PicoUSD(5), discount: 1), VolumeTier(from: PicoUSD(5), discount: 2)])
        }
        #expect(throws: MeteringError.self) { try Plan.list.cost(from: .zero, to: .ledgerLimit + PicoUSD(1)) }
        #expect(throws: MeteringError.self) { try Plan.list.cost(from: PicoUSD(2), to: PicoUSD(1)) }
    }

    @Test("The plans' file gives each customer a history, and the list price before it")
    func directory() throws {
        let directory = try PlanDirectory(
            json: """
                {
                  "version": 1,
                  "plans": [
                    {"id": "volume", "markup_bp": 0, "tiers": [{"from_usd": "100", "discount_bp": 500}]},
                    {"id": "partner", "markup_bp": -1000, "tiers": []}
                  ],
                  "assignments": [
                    {"customer": "acme", "plan": "partner", "from": "2026-11-15"},
                    {"customer": "acme", "plan": "volume", "from": "2026-11-01"}
                  ]
                }
                """)
        let history = directory.history(of: CustomerID(rawValue: "acme"))
        #expect(try history.plan(at: Day(text: "2026-10-31").start).id == "list")
        #expect(try history.plan(at: Day(text: "2026-11-14").start).id == "volume")
        #expect(try history.plan(at: Day(text: "2026-11-15").start).id == "partner")
        #expect(directory.history(of: .default) == .list)
    }

    @Test(
        "A plans' file that is wrong is refused with the member that is wrong",
        arguments: [
            (#"{"version":2,"plans":[],"assignments":[]}"#, "version"),
            (#"{"version":1,"plans":[]}"#, "assignments"),
            (#"{"version":1,"plans":[],"assignments":[{"customer":"a","plan":"x","from":"2026-11-01"}]}"#, "plan"),
            (
                #"{"version":1,"plans":[{"id":"a","markup_bp":0,"tiers":[]},{"id":"a","markup_bp":0,"tiers":[]}],"assignments":[]}"#,
                "twice"
            ),
            (#"{"version":1,"plans":[],"assignments":[{"customer":"a","plan":"list","from":"soon"}]}"#, "soon"),
            (#"{"version":1,"plans":[],"assignments":[],"more":1}"#, "more"),
        ])
    func wrongDirectory(text: String, word: String) {
        let error = #expect(throws: MeteringError.self) { try PlanDirectory(json: text) }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }
}
