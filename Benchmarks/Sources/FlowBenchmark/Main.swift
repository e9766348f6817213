import Flow
import FlowMockNode

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Measures the client of Flow: building and signing, reading events, and sending against the mock node.
///
///     FlowBenchmark [sign|decode|send]
///
/// Prints one line a measure. Rates of `sign` and `decode` are per second of CPU time on one core, those of `send` per
/// second on the clock, with the mock node in a process of its own.
@main
enum FlowBenchmark {
    static func main() async throws {
        let chosen = Array(CommandLine.arguments.dropFirst())
        if chosen.first == "node", chosen.count > 1, let chain = Node.Chain(rawValue: chosen[1]) {
            let latency = chosen.count > 2 ? Int64(chosen[2]) : nil
            return try await Node(chain: chain, latency: latency.map { .milliseconds($0) }).serve()
        }
        if chosen.isEmpty || chosen.contains("sign") { try await sign() }
        if chosen.isEmpty || chosen.contains("decode") { try decode() }
        if chosen.isEmpty || chosen.contains("send") { try await send() }
    }

    static let script = """
        import FungibleToken from 0xee82856bf20e2aa6
        import FlowToken from 0x0ae53cb6e3f42a79
        transaction(amount: UFix64, to: Address) {
          let sent: @{FungibleToken.Vault}
          prepare(s: auth(BorrowValue) &Account) {
            let v = s.storage.borrow<auth(FungibleToken.Withdraw) &FlowToken.Vault>(from: /storage/flowTokenVault)!
            self.sent <- v.withdraw(amount: amount)
          }
          execute {
            getAccount(to).capabilities.borrow<&{FungibleToken.Receiver}>(/public/flowTokenReceiver)!
              .deposit(from: <-self.sent)
          }
        }
        """

    /// Arguments encoded, envelope signed, whole encoded, id computed.
    private static func sign() async throws {
        let count: UInt64 = 20_000
        let signer = InMemorySigner(try FlowPrivateKey(.ecdsaP256, seed: [UInt8](repeating: 7, count: 32)))
        let address = FlowChain.emulator.serviceAddress
        var best = Int64.max
        var ids: Set<FlowIdentifier> = []
        for _ in 0..<3 {
            ids.removeAll(keepingCapacity: true)
            let start = processNanoseconds()
            for number in 0..<count {
                var transaction = try FlowTransaction(
                    script: script, arguments: [.ufix64(UFix64(scaled: number)), .address(address)],
                    referenceBlockID: .zero, gasLimit: 300,
                    proposalKey: ProposalKey(address: address, keyIndex: 0, sequenceNumber: number), payer: address,
                    authorizers: [address])
                try await transaction.sign(envelope: signer, address: address, keyIndex: 0)
                ids.insert(transaction.id)
            }
            best = min(best, processNanoseconds() - start)
        }
        let rate = Int64(count) * 1_000_000_000 / best
        print("sign \(rate) transactions/s of CPU, best of 3; \(ids.count) different ids, P-256 and SHA3-256")
    }

    /// The events of transfers, each its own text, as the access node writes them.
    private static func decode() throws {
        let texts: [[UInt8]] = (0..<10_000).map { number in
            let vault = "A.0ae53cb6e3f42a79.FlowToken.Vault"
            let uuid = #"{"value":{"value":"\#(123_456 + number)","type":"UInt64"},"name":"#
            return Array(
                (#"{"value":{"id":"A.ee82856bf20e2aa6.FungibleToken.Deposited","fields":["#
                    + #"{"value":{"value":"\#(vault)","type":"String"},"name":"type"},"#
                    + #"{"value":{"value":"\#(number).00000001","type":"UFix64"},"name":"amount"},"#
                    + #"{"value":{"value":{"value":"0xf8d6e0586b0a20c7","type":"Address"},"type":"Optional"},"name":"to"},"#
                    + uuid + #""toUUID"},"# + uuid + #""depositedUUID"},"#
                    + #"{"value":{"value":"99999.00000000","type":"UFix64"},"name":"balanceAfter"}]},"type":"Event"}"#
                    + "\n")
                    .utf8)
        }
        let bytes = texts.reduce(0) { $0 + $1.count }
        var best = Int64.max
        var fields = 0
        for _ in 0..<5 {
            fields = 0
            let start = processNanoseconds()
            for text in texts {
                if case .composite(let event) = try CadenceValue(json: text) { fields += event.fields.count }
            }
            best = min(best, processNanoseconds() - start)
        }
        print(
            "decode \(Int64(bytes) * 1000 / best) MB/s of CPU, best of 5; 10000 events, \(bytes) bytes, \(fields) fields"
        )
    }

    /// User and system time that this process has used, in nanoseconds.
    static func processNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
