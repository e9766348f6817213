import NIOCore
import Testing

@testable import Bolt

/// Who gets which connection.
@Suite struct PoolStateMachineTests {
    private typealias Machine = PoolStateMachine<String, Int>
    private let now = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func isOpen(_ acquisition: Machine.Acquisition) -> Bool {
        if case .lease(.open) = acquisition { return true }
        return false
    }

    private func used(_ acquisition: Machine.Acquisition) -> String? {
        if case .lease(.use(let connection, _)) = acquisition { return connection }
        return nil
    }

    private func number(_ acquisition: Machine.Acquisition) -> Int? {
        if case .wait(let number) = acquisition { return number }
        return nil
    }

    @Test("Connections are opened up to the limit, then callers wait in order")
    func fairness() {
        var machine = Machine(limit: 2)
        #expect(isOpen(machine.acquire(0)))
        #expect(isOpen(machine.acquire(1)))
        #expect(number(machine.acquire(2)) != nil)
        #expect(number(machine.acquire(3)) != nil)
        machine.opened(10, "a")
        machine.opened(11, "b")
        #expect(machine.leasedCount == 2)
        #expect(machine.waitingCount == 2)
        let first = machine.release(10, at: now)
        #expect(first.handover?.waiter == 2)
        // A connection that closes leaves its place to the next one.
        let second = machine.removed(11)
        #expect(second?.waiter == 3)
        if case .open? = second?.lease {} else { Issue.record("expected a permit") }
        #expect(machine.waitingCount == 0)
        #expect(machine.opening == 1)
    }

    @Test("A preferred connection is taken, else one is opened, else the most recently used one is taken")
    func preference() {
        var machine = Machine(limit: 3)
        _ = machine.acquire(0)
        machine.opened(0, "x")
        _ = machine.release(0, at: now)
        #expect(isOpen(machine.acquire(0, preferring: { $0 == "y" })))
        _ = machine.openingFailed()
        _ = machine.removed(0)
        for (id, name) in [(1, "a"), (2, "b"), (3, "c")] {
            _ = machine.acquire(id)
            machine.opened(id, name)
        }
        for id in 1...3 { _ = machine.release(id, at: now) }
        #expect(used(machine.acquire(4, preferring: { $0 < "c" })) == "b")
        #expect(used(machine.acquire(5, preferring: { $0 == "b" })) == "c")
        #expect(used(machine.acquire(6)) == "a")
    }

    @Test("A newcomer does not overtake those who wait")
    func noOvertaking() {
        var machine = Machine(limit: 1)
        _ = machine.acquire(0)
        machine.opened(1, "a")
        _ = machine.acquire(1)
        let handover = machine.release(1, at: now).handover
        #expect(handover?.waiter == 1)
        #expect(machine.idleCount == 0)
        #expect(number(machine.acquire(2)) != nil)
    }

    @Test("An attempt that fails leaves its place to the next one")
    func failure() {
        var machine = Machine(limit: 1)
        _ = machine.acquire(0)
        _ = machine.acquire(1)
        #expect(machine.openingFailed()?.waiter == 1)
        #expect(machine.openingFailed() == nil)
        #expect(machine.load == 0)
    }

    @Test("Whoever gives up is not served")
    func withdrawal() throws {
        var machine = Machine(limit: 1)
        _ = machine.acquire(0)
        machine.opened(1, "a")
        let acquisition = machine.acquire(1)
        let number = try #require(self.number(acquisition))
        #expect(machine.withdraw(number) == 1)
        #expect(machine.withdraw(number) == nil)
        #expect(machine.release(1, at: now).handover == nil)
        #expect(machine.idleCount == 1)
    }

    @Test("The queue has a limit")
    func queueLimit() {
        var machine = Machine(limit: 1, waiterLimit: 1)
        _ = machine.acquire(0)
        #expect(number(machine.acquire(1)) != nil)
        if case .refuse = machine.acquire(2) {} else { Issue.record("expected a refusal") }
    }

    @Test("The connection used last is used next, so that others grow old")
    func mostRecent() {
        var machine = Machine(limit: 3)
        for id in 0..<3 {
            _ = machine.acquire(id)
            machine.opened(id, "\(id)")
        }
        for id in 0..<3 { _ = machine.release(id, at: now + .seconds(Int64(id))) }
        #expect(used(machine.acquire(9)) == "2")
        let limit = now + .seconds(1)
        #expect(machine.takeIdle { $1 < limit } == ["0"])
        #expect(machine.idleCount == 1)
    }

    @Test("After the end nothing is given out, and what comes back is closed")
    func closing() {
        var machine = Machine(limit: 2)
        _ = machine.acquire(0)
        machine.opened(1, "a")
        _ = machine.acquire(1)
        machine.opened(2, "b")
        _ = machine.release(2, at: now)
        _ = machine.acquire(2)
        _ = machine.acquire(3)
        let closed = machine.close()
        #expect(closed.leased.sorted() == ["a", "b"])
        #expect(closed.waiters == [3])
        #expect(machine.release(1, at: now).close)
        if case .closed = machine.acquire(4) {} else { Issue.record("expected the end") }
    }

    @Test("No place is lost or made up, whatever happens", arguments: 0..<50)
    func invariants(_ round: Int) {
        let seed = UInt64(round) &+ 0x9001
        var generator = SeededGenerator(seed: seed)
        var machine = Machine(limit: 4)
        var (leased, opening, waiting) = (Set<Int>(), 0, [Int: Int]())
        var (nextID, nextWaiter) = (0, 0)
        func serve(_ handover: Machine.Handover?) {
            guard let handover else { return }
            #expect(handover.waiter == waiting.keys.min(), "seed \(seed)")
            waiting[handover.waiter] = nil
            switch handover.lease {
            case .open: opening += 1
            case .use(let connection, _): leased.insert(Int(connection) ?? -1)
            }
        }
        for _ in 0..<500 {
            switch Int.random(in: 0..<6, using: &generator) {
            case 0, 1:
                nextWaiter += 1
                switch machine.acquire(nextWaiter) {
                case .lease(.open): opening += 1
                case .lease(.use(let connection, _)): leased.insert(Int(connection) ?? -1)
                case .wait(let number): waiting[nextWaiter] = number
                case .refuse, .closed: Issue.record("seed \(seed)")
                }
            case 2 where opening > 0:
                nextID += 1
                machine.opened(nextID, "\(nextID)")
                opening -= 1
                leased.insert(nextID)
            case 3 where opening > 0:
                opening -= 1
                serve(machine.openingFailed())
            case 4:
                guard let id = leased.randomElement(using: &generator) else { continue }
                leased.remove(id)
                serve(Bool.random(using: &generator) ? machine.release(id, at: now).handover : machine.removed(id))
            default:
                guard let (waiter, number) = waiting.randomElement(using: &generator) else { continue }
                #expect(machine.withdraw(number) == waiter, "seed \(seed)")
                waiting[waiter] = nil
            }
            #expect(machine.leasedCount == leased.count, "seed \(seed)")
            #expect(machine.opening == opening, "seed \(seed)")
            #expect(machine.waitingCount == waiting.count, "seed \(seed)")
            #expect(machine.load + machine.idleCount <= 4, "seed \(seed)")
            // Nobody waits while there is a place.
            #expect(waiting.isEmpty || machine.load + machine.idleCount == 4, "seed \(seed)")
            #expect(waiting.isEmpty || machine.idleCount == 0, "seed \(seed)")
        }
    }
}
