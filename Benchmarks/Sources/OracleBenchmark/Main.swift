import Metering
import MeteringSQLite
import Oracle

/// Measures the oracle.
///
/// OracleBenchmark prepare DIRECTORY EVENTS CUSTOMERS    makes a store with so many events, unmeasured
/// OracleBenchmark close DIRECTORY                       closes one epoch with all of them
/// OracleBenchmark settle DIRECTORY                      attests it, and settles it on a ledger in memory
/// OracleBenchmark proofs DIRECTORY                      makes proofs, and verifies them
/// OracleBenchmark export DIRECTORY                      writes what another program needs to do the same
/// OracleBenchmark receipts COUNT                        signs receipts, and verifies them
@main
enum Main {
    static let schedule = EpochSchedule.standard
    /// The moment after the epoch of all events.
    static let now = Timestamp(milliseconds: 1_795_450_000_000)

    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 2 else {
            print("usage: OracleBenchmark prepare|close|settle|proofs|export|receipts ARGUMENTS…")
            return
        }
        let numbers = arguments.compactMap { Int($0) }
        switch arguments[0] {
        case "prepare": try await prepare(arguments[1], events: numbers[0], customers: numbers[1])
        case "close": try await close(arguments[1])
        case "settle": try await settle(arguments[1])
        case "proofs": try await proofs(arguments[1])
        case "export": try await Export.run(arguments[1])
        case "receipts": try receipts(numbers[0])
        default: print("unknown command \(arguments[0])")
        }
    }

    static func prepare(_ directory: String, events: Int, customers: Int) async throws {
        let store = try SQLiteUsageStore(path: directory + "/usage.sqlite")
        var calls = Calls(customers: customers)
        for start in stride(from: 0, to: events, by: 10_000) {
            _ = try await store.append((0..<min(10_000, events - start)).map { _ in calls.next() })
        }
        try await store.close()
    }

    static func worker(
        _ usage: any UsageStore, _ store: any OracleStore, _ ledger: any Ledger
    ) -> OracleWorker {
        let key = OperatorKey()
        return OracleWorker(
            .init(
                usage: usage, store: store, attestor: PublisherAttestor { () throws(OracleError) in key },
                ledger: ledger),
            holder: "benchmark")
    }

    static func close(_ directory: String) async throws {
        let usage = try SQLiteUsageStore(path: directory + "/usage.sqlite", mode: .readOnly)
        let store = try SQLiteOracleStore(path: directory + "/oracle.sqlite")
        let worker = worker(usage, store, try MemoryLedger(schedule: schedule))
        let before = Resources.now
        let progress = try await worker.step(at: now)
        let used = Resources.now - before
        let commitment = try await CommitmentArchive(store).latest()
        print(
            "\(progress): \(commitment?.receipts ?? 0) receipts of \(commitment?.customers ?? 0) customers, "
                + "\(used), \(Resources.now.peakMegabytes) MB at most")
        report("close", used, Int(commitment?.receipts ?? 0))
        try await usage.close()
        try await store.close()
    }

    /// A line for dev/bench/oracle.sh: the CPU time of one of many.
    private static func report(_ name: String, _ used: Resources, _ count: Int) {
        print("swift \(name)_ns \(used.cpu / Int64(max(1, count)))")
    }

    static func settle(_ directory: String) async throws {
        let usage = try SQLiteUsageStore(path: directory + "/usage.sqlite", mode: .readOnly)
        let store = try SQLiteOracleStore(path: directory + "/oracle.sqlite")
        let ledger = try MemoryLedger(schedule: schedule)
        let archive = CommitmentArchive(store)
        for entry in try await archive.lastEntries(after: nil, limit: .max) {
            let id = SubscriptionID(rawValue: entry.customer.rawValue)
            _ = try await ledger.subscribe(SubscriptionTerms(id: id, customer: entry.customer), at: now)
            try await ledger.deposit(
                entry.cumulativeCharge, to: id, reference: TransferReference(rawValue: "\(id)"), at: now)
        }
        let before = Resources.now
        let steps = try await worker(usage, store, ledger).run(at: now)
        print("\(steps.count) steps to settle: \(Resources.now - before)")
        for case .reconciled(let report) in steps {
            print("\(report.items) items, \(report.moved) USD moved, \(report.unsettled) USD open, \(report.findings)")
        }
        try await usage.close()
        try await store.close()
    }

    static func proofs(_ directory: String) async throws {
        let usage = try SQLiteUsageStore(path: directory + "/usage.sqlite", mode: .readOnly)
        let store = try SQLiteOracleStore(path: directory + "/oracle.sqlite", mode: .readOnly)
        let archive = CommitmentArchive(store)
        let proofs = EpochProofs(store, usage: usage)
        let customers = try await archive.lastEntries(after: nil, limit: 1_000).map(\.customer)
        guard let commitment = try await archive.latest() else { return }
        let start = Resources.now
        _ = try await proofs.inclusion(of: customers[0], sequence: 1)
        print("the first proof of an epoch, with its tree: \(Resources.now - start)")
        var made: [(StoredEvent, InclusionProof)] = []
        let before = Resources.now
        for customer in customers {
            let proof = try await proofs.inclusion(of: customer, sequence: 1)
            guard let stored = try await usage.events(of: customer, after: 0, limit: 1).first else { continue }
            made.append((stored, proof))
        }
        print("each further proof: \((Resources.now - before).per(made.count))")
        let siblings = made.map { $0.1.path.path.count + $0.1.total.path.path.count }.max() ?? 0
        let verifying = Resources.now
        for (stored, proof) in made { try proof.verify(stored, in: commitment) }
        print("verified each in \((Resources.now - verifying).per(made.count)), \(siblings) siblings at most")
        try await usage.close()
        try await store.close()
    }

    static func receipts(_ count: Int) throws {
        var calls = Calls(customers: 100)
        let stored = (0..<count).map { _ in
            StoredEvent(event: calls.next(), sequence: 1, previousHash: .zero, hash: .zero)
        }
        let ring = OperatorKeyRing(at: Timestamp(milliseconds: 0))
        let before = Resources.now
        var signed: [String] = []
        for event in stored { signed.append(try SignedReceipt(event, signedWith: ring.current).text) }
        let signing = Resources.now - before
        let verifier = ReceiptVerifier(keys: try ring.publicKeys(), priceBooks: [Calls.book])
        let start = Resources.now
        var findings = 0
        for text in signed { findings += verifier.findings(in: text).count }
        let verifying = Resources.now - start
        report("sign", signing, count)
        report("verify", verifying, count)
        print("receipts signed: \(signing.rate(count)) a second of CPU, text and all")
        print(
            "receipts verified: \(verifying.rate(count)) a second of CPU, reading and recomputing too; \(findings) findings"
        )
    }
}
