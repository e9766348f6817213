import Foundation
import GatewayBenchmarking
import NIOCore

/// What reading and writing HTTP costs a call: the gateway's own reader and writer beside NIOHTTP1, on the same bytes.
@main enum HTTPForwardingBenchmark {
    static func main() throws {
        for (name, response) in [("JSON", CallBytes.json), ("stream of 66 events", CallBytes.stream)] {
            var gateway = try GatewayForwarding()
            let nio = try NIOForwarding()
            let empty = EmptyForwarding()
            var best = [Int](repeating: .max, count: 3)
            // They take turns, so that whatever else the machine does meets all of them.
            for _ in 0..<7 {
                best[0] = min(best[0], try measure { try gateway.call(request: CallBytes.request, response: response) })
                best[1] = min(best[1], try measure { try nio.call(request: CallBytes.request, response: response) })
                best[2] = min(best[2], try measure { try empty.call(request: CallBytes.request, response: response) })
            }
            let net = max(best[1] - best[2], 1)
            print(
                """
                \(name): gateway \(micros(best[0])) µs of CPU a call; NIOHTTP1 \(micros(best[1])), of which its embedded \
                channels are \(micros(best[2])): \(net * 100 / best[0]) % of the gateway's, \(micros(net - best[0])) µs more
                """)
        }
    }

    /// The least CPU time of a call, in nanoseconds, over a few thousand of them.
    private static func measure(_ call: () throws -> Int) throws -> Int {
        let rounds = 3000
        var sum = 0
        let start = clock()
        for _ in 0..<rounds { sum &+= try call() }
        let time = Int(clock() - start) * 1_000_000_000 / CLOCKS_PER_SEC / rounds
        // The sum is used so that no call can be optimized away.
        precondition(sum > 0, "nothing was forwarded")
        return time
    }

    private static func micros(_ nanoseconds: Int) -> String {
        String(format: "%.1f", Double(nanoseconds) / 1000)
    }
}
