import Flow
import FlowMockNode
import Testing

/// One way in which connections go wrong.
struct SocketFault: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let scripts: [MockSocketScript]

    init(_ name: String, _ scripts: MockSocketScript...) {
        testDescription = name
        self.scripts = scripts
    }

    private static func script(_ change: (inout MockSocketScript) -> Void) -> MockSocketScript {
        var script = MockSocketScript()
        change(&script)
        return script
    }

    static let all = [
        SocketFault("nothing goes wrong"),
        SocketFault("cut before the first message", .drop(after: 0), .drop(after: 0)),
        SocketFault("cut again and again", .drop(after: 1), .drop(after: 2), .drop(after: 3), .drop(after: 2)),
        SocketFault("closed politely", .drop(after: 2, closeCode: 1001), .drop(after: 2, closeCode: 1011)),
        SocketFault("messages twice", script { $0.duplicates = [0, 1, 5] }),
        SocketFault("the first message lost", script { $0.losses = [0] }),
        SocketFault("messages lost", script { $0.losses = [2] }, script { $0.losses = [1, 2, 3] }),
        SocketFault("a message that cannot be read", script { $0.garbage = [3] }, script { $0.garbage = [0] }),
        SocketFault("frames of one byte", script { $0.fragmentBytes = 1 }),
        SocketFault(
            "frames of seven bytes, then cut",
            script { script in
                script.fragmentBytes = 7
                script.dropsAfter = 4
            }),
        SocketFault("subscriptions refused for now", script { $0.refusal = 503 }, script { $0.refusal = 429 }),
        SocketFault("a node that is behind", script { $0.refusal = 404 }),
    ]
}

@Suite("Streams over broken connections", .timeLimit(.minutes(10)))
struct StreamFaultTests {
    @Test("blocks come once each, in order, and none is left out", arguments: SocketFault.all)
    func blocks(_ fault: SocketFault) async throws {
        try await StreamHarness.run(fault.scripts) { harness in
            harness.node.step(20)
            let heights = try await harness.streams.withBlocks(from: .height(1000)) { updates in
                var heights: [UInt64] = []
                for try await block in updates {
                    heights.append(block.height)
                    if block.height == 1020 { break }
                }
                return heights
            }
            #expect(heights == Array(1000...1020))
            #expect(harness.node.connectionCount >= fault.scripts.count)
        }
    }

    @Test("blocks that are made while the stream is read come as they are made", arguments: SocketFault.all)
    func liveBlocks(_ fault: SocketFault) async throws {
        try await StreamHarness.run(fault.scripts) { harness in
            harness.node.step(2)
            let heights = try await harness.streams.withBlocks(.finalized, from: .height(1000)) { updates in
                var heights: [UInt64] = []
                for try await block in updates {
                    heights.append(block.height)
                    if heights.count == 15 { break }
                    // More than one, so that a lost message is followed by one that shows it.
                    harness.node.step(5)
                }
                return heights
            }
            #expect(heights == Array(1000...1014))
        }
    }

    @Test("events come with every block, once each", arguments: SocketFault.all)
    func events(_ fault: SocketFault) async throws {
        try await StreamHarness.run(fault.scripts) { harness in
            harness.node.step(12)
            let filter = EventStreamFilter(types: [StreamHarness.eventType])
            let heights = try await harness.streams.withEvents(filter, from: .height(1003)) { updates in
                var heights: [UInt64] = []
                for try await block in updates {
                    heights.append(block.height)
                    if block.height == 1012 { break }
                }
                return heights
            }
            #expect(heights == Array(1003...1012))
        }
    }

    @Test("random faults change nothing about what is read", arguments: [1, 7, 4242] as [UInt64])
    func random(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let scripts = (0..<40).map { _ in
            var script = MockSocketScript()
            if Bool.random(using: &generator) { script.dropsAfter = Int.random(in: 1...12, using: &generator) }
            if Int.random(in: 0..<4, using: &generator) == 0 {
                script.losses = [Int.random(in: 1..<9, using: &generator)]
            }
            if Int.random(in: 0..<4, using: &generator) == 0 {
                script.duplicates = [Int.random(in: 0..<9, using: &generator)]
            }
            if Int.random(in: 0..<8, using: &generator) == 0 {
                script.garbage = [Int.random(in: 1..<9, using: &generator)]
            }
            if Bool.random(using: &generator) { script.fragmentBytes = Int.random(in: 1...300, using: &generator) }
            if script.losses.isEmpty, script.garbage.isEmpty, script.dropsAfter == nil { script.dropsAfter = 9 }
            return script
        }
        try await StreamHarness.run(scripts) { harness in
            // Behind the last height that is read there are more, so that its loss would show.
            harness.node.step(170)
            let heights = try await harness.streams.withEvents(from: .height(1000)) { updates in
                var heights: [UInt64] = []
                for try await block in updates {
                    heights.append(block.height)
                    if block.height == 1150 { break }
                }
                return heights
            }
            #expect(heights == Array(1000...1150), "seed \(seed)")
        }
    }

    @Test("a silent connection is given up, and the stream goes on with the next")
    func silence() async throws {
        let clock = ManualClock()
        try await StreamHarness.run([.silence(after: 3)], silenceLimit: .seconds(25), clock: clock) { harness in
            harness.node.step(5)
            let heights = try await harness.streams.withBlocks(from: .height(1000)) { updates in
                var heights: [UInt64] = []
                for try await block in updates {
                    heights.append(block.height)
                    if heights.count == 3 {
                        // The limit passes twice: the first time there were messages before. The first sleep of all is
                        // the handshake's.
                        try await clock.waitForSleeps(2)
                        clock.advance(by: .seconds(25))
                        try await clock.waitForSleeps(3)
                        clock.advance(by: .seconds(25))
                    }
                    if block.height == 1005 { break }
                }
                return heights
            }
            #expect(heights == Array(1000...1005))
            #expect(harness.node.connectionCount >= 2)
        }
    }

    @Test("a node that takes the connection and never answers the handshake is given up")
    func silentHandshake() async throws {
        let clock = ManualClock()
        try await StreamHarness.run(silenceLimit: .seconds(25), clock: clock) { harness in
            harness.node.inject(.hang, on: .socket)
            let first = try await harness.streams.withBlocks { updates in
                try await clock.waitForSleeps(1)
                // The node must have the request: else the next connection would meet its silence.
                while harness.node.faultsMet[.hang] != 1 {
                    try Task.checkCancellation()
                    await Task.yield()
                }
                clock.advance(by: .seconds(25))
                return try await updates.first { _ in true }
            }
            #expect(first?.height == 1000)
            #expect(harness.node.faultsMet[.hang] == 1)
        }
    }
}
