/// Which request meets which fault.
struct FaultPlan: Sendable {
    private struct Scripted: Sendable {
        var route: MockRoute
        var fault: MockFault
        var skipping: Int
        var times: Int
    }

    /// A fault that requests of a route meet at random.
    private struct Random: Sendable {
        var route: MockRoute
        var fault: MockFault
        var permille: Int
    }

    private var scripted: [Scripted] = []
    private var random: [Random] = []
    private var generator = SplitMix(seed: 1)
    private(set) var met: [MockFault: Int] = [:]

    mutating func add(_ fault: MockFault, _ route: MockRoute, times: Int, skipping: Int) {
        scripted.append(Scripted(route: route, fault: fault, skipping: skipping, times: times))
    }

    mutating func setRandom(_ faults: [(MockRoute, MockFault, Int)], seed: UInt64) {
        random = faults.map { Random(route: $0, fault: $1, permille: $2) }
        generator = SplitMix(seed: seed)
    }

    mutating func clear() {
        scripted = []
        random = []
    }

    /// The fault of the next request of `route`, if it meets one.
    mutating func next(_ route: MockRoute) -> MockFault? {
        let fault = nextScripted(route) ?? nextRandom(route)
        if let fault { met[fault, default: 0] += 1 }
        return fault
    }

    /// Whether the next request of `route` meets no fault; one that it meets stays in the plan.
    mutating func acceptsNext(_ route: MockRoute) -> Bool {
        guard let index = scripted.firstIndex(where: { $0.route == route }) else { return true }
        guard scripted[index].skipping > 0 else { return false }
        scripted[index].skipping -= 1
        return true
    }

    private mutating func nextScripted(_ route: MockRoute) -> MockFault? {
        guard let index = scripted.firstIndex(where: { $0.route == route }) else { return nil }
        if scripted[index].skipping > 0 {
            scripted[index].skipping -= 1
            return nil
        }
        let fault = scripted[index].fault
        scripted[index].times -= 1
        if scripted[index].times <= 0 { scripted.remove(at: index) }
        return fault
    }

    private mutating func nextRandom(_ route: MockRoute) -> MockFault? {
        for candidate in random where candidate.route == route {
            if Int.random(in: 0..<1000, using: &generator) < candidate.permille { return candidate.fault }
        }
        return nil
    }
}
