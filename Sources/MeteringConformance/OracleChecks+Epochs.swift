import Metering

extension OracleStoreConformance {
    static let epochChecks = [
        Check("an empty store has no commitments, entries or attestations") { harness in
            try await harness.withStore { store in
                try expect(try await store.latestCommitment(), equals: nil, "the latest commitment")
                try expect(try await store.commitment(of: Epoch(1)), equals: nil, "a commitment")
                try expect(try await store.commitments(before: nil, limit: 10), equals: [], "all commitments")
                try expect(try await store.entries(of: Epoch(1)), equals: [], "entries")
                try expect(try await store.lastEntries(after: nil, limit: 10), equals: [], "last entries")
                try expect(try await store.attestation(of: Epoch(1)), equals: nil, "an attestation")
                try expect(try await store.oldestUnattested(), equals: nil, "the oldest unattested commitment")
            }
        },
        Check("what was committed can be read again, by epoch and by customer") { harness in
            var history = EpochHistory()
            let (first, second, third) = (
                history.epoch(5, ["b": 3, "a": 2]), history.epoch(7, [:]), history.epoch(9, ["b": 1, "Z": 4])
            )
            try await harness.withStore { store in
                for closed in [first, second, third] {
                    try await store.store(closed.commitment, entries: closed.entries)
                }
            } then: { store in
                try expect(try await store.latestCommitment(), equals: third.commitment, "the latest commitment")
                for closed in [first, second, third] {
                    let epoch = closed.commitment.epoch
                    try expect(try await store.commitment(of: epoch), equals: closed.commitment, "epoch \(epoch)")
                    try expect(try await store.entries(of: epoch), equals: closed.entries, "entries of \(epoch)")
                }
                try expect(try await store.commitment(of: Epoch(6)), equals: nil, "an epoch that was not closed")
                let all = [third, second, first].map(\.commitment)
                try expect(try await store.commitments(before: nil, limit: 9), equals: all, "all commitments")
                try expect(try await store.commitments(before: nil, limit: 1), equals: [all[0]], "a page")
                try expect(try await store.commitments(before: Epoch(9), limit: 1), equals: [all[1]], "a later page")

                let leaves = third.entries.map { EntryLeaf(customer: $0.customer, hash: $0.hash, due: $0.due) }
                try expect(try await store.leaves(of: third.commitment.epoch), equals: leaves, "leaves")
                try expect(try await store.leaves(of: Epoch(6)), equals: [], "leaves of no epoch")
                for (customer, month, entry) in [
                    ("a", 682, first.entries[0]), ("a", 683, nil), ("b", 682, third.entries[1]),
                    ("b", 683, third.entries[1]), ("b", 684, nil), ("nobody", 682, nil),
                ] as [(String, Int32, EntryRecord?)] {
                    let found = try await store.lastEntry(
                        of: CustomerID(rawValue: customer), with: Month(sinceEpoch: month))
                    try expect(found, equals: entry, "the last entry of \(customer) with month \(month)")
                }

                let last = [third.entries[0], first.entries[0], third.entries[1]]
                try expect(try await store.lastEntries(after: nil, limit: 9), equals: last, "last entries: Z, a, b")
                let a = CustomerID(rawValue: "a")
                try expect(try await store.lastEntries(after: a, limit: 9), equals: [last[2]], "last entries after a")
                try expect(try await store.lastEntries(after: nil, limit: 2), equals: Array(last[..<2]), "a page")
                let asked = try await store.lastEntries(of: ["b", "nobody"].map(CustomerID.init(rawValue:)))
                try expect(asked, equals: [last[2]], "the last entries of b and nobody")

                let b = CustomerID(rawValue: "b")
                for (epoch, entry) in [
                    (4, nil), (5, first.entries[1]), (8, first.entries[1]), (9, third.entries[1]),
                    (99, third.entries[1]),
                ] as [(Int64, EntryRecord?)] {
                    let found = try await store.entry(of: b, notAfter: Epoch(epoch))
                    try expect(found, equals: entry, "the entry of b not after \(epoch)")
                }
                for (sequence, entry) in [
                    (0, nil), (1, first.entries[1]), (3, first.entries[1]), (4, third.entries[1]), (5, nil),
                ] as [(Int64, EntryRecord?)] {
                    let found = try await store.entry(of: b, holding: sequence)
                    try expect(found, equals: entry, "the entry of b that holds receipt \(sequence)")
                }
            }
        },
        Check("a commitment can be kept again, and no other in its place") { harness in
            var history = EpochHistory()
            let first = history.epoch(5, ["a": 2])
            var fork = history
            let second = history.epoch(6, ["a": 1])
            try await harness.withStore { store in
                try await store.store(first.commitment, entries: first.entries)
                try await store.store(first.commitment, entries: first.entries)
                var other = first.commitment
                other.position += 1
                try await expect(.conflict, "another position") { try await store.store(other, entries: first.entries) }
                try await expect(.conflict, "no entries") { try await store.store(first.commitment, entries: []) }
                try await store.store(second.commitment, entries: second.entries)
                let late = fork.epoch(5, ["a": 1])
                try await expect(.conflict, "an epoch that is closed") {
                    try await store.store(late.commitment, entries: late.entries)
                }
            } then: { store in
                try expect(try await store.latestCommitment(), equals: second.commitment, "the latest commitment")
                try expect(try await store.entries(of: Epoch(5)), equals: first.entries, "the entries of epoch 5")
            }
        },
        Check("what does not follow the latest commitment or entry is refused as a whole") { harness in
            var history = EpochHistory()
            let first = history.epoch(5, ["a": 2, "b": 2])
            let next = history.epoch(6, ["a": 1, "b": 1])
            try await harness.withStore { store in
                try await store.store(first.commitment, entries: first.entries)
                var commitment = next.commitment
                commitment.previous = .zero
                try await expect(.conflict, "another previous commitment") {
                    try await store.store(commitment, entries: next.entries)
                }
                for (what, change) in [
                    ("another previous entry", { $0.previous = .zero }),
                    (
                        "a gap in the receipts",
                        {
                            $0.firstSequence += 1; $0.lastSequence += 1
                        }
                    ),
                    ("receipts twice", { $0.firstSequence -= 1 }),
                    ("an entry of another epoch", { $0.epoch = Epoch(7) }),
                ] as [(String, (inout EntryRecord) -> Void)] {
                    var entries = next.entries
                    change(&entries[1])
                    try await expect(.conflict, what) { try await store.store(next.commitment, entries: entries) }
                }
            } then: { store in
                try expect(try await store.latestCommitment(), equals: first.commitment, "the latest commitment")
                let last = try await store.lastEntries(after: nil, limit: 9)
                try expect(last, equals: first.entries, "the last entries")
                try await store.store(next.commitment, entries: next.entries)
            }
        },
        Check("attestations are kept once, for the commitment that is kept") { harness in
            var history = EpochHistory()
            let (first, second) = (history.epoch(5, ["a": 2]), history.epoch(6, ["a": 1]))
            func attestation(_ commitment: CommitmentRecord, _ document: String) -> AttestationRecord {
                AttestationRecord(
                    epoch: commitment.epoch, commitment: commitment.hash, method: "publisher",
                    document: Array(document.utf8))
            }
            try await harness.withStore { store in
                for closed in [first, second] { try await store.store(closed.commitment, entries: closed.entries) }
                try expect(try await store.oldestUnattested(), equals: first.commitment, "the oldest unattested")
                try await store.store(attestation(first.commitment, "{}"))
                try await store.store(attestation(first.commitment, "{\"other\":1}"))
                try expect(try await store.oldestUnattested(), equals: second.commitment, "the next unattested")
                var wrong = attestation(second.commitment, "{}")
                wrong.commitment = first.commitment.hash
                try await expect(.conflict, "an attestation of another commitment") { try await store.store(wrong) }
                try await expect(.conflict, "an attestation of an epoch that is not closed") {
                    wrong.epoch = Epoch(99)
                    try await store.store(wrong)
                }
            } then: { store in
                let kept = attestation(first.commitment, "{}")
                try expect(try await store.attestation(of: Epoch(5)), equals: kept, "the first attestation")
                try expect(try await store.attestation(of: Epoch(6)), equals: nil, "no attestation")
            }
        },
    ]
}

/// Makes records that follow each other.
struct EpochHistory {
    private var lastCommitment = Digest32.zero
    private var last: [String: EntryRecord] = [:]
    private var random = SeededGenerator(seed: 1)

    /// An epoch with so many receipts of each customer.
    mutating func epoch(
        _ number: Int64, _ receipts: [String: Int64]
    ) -> (commitment: CommitmentRecord, entries: [EntryRecord]) {
        let epoch = Epoch(number)
        var entries: [EntryRecord] = []
        for (customer, count) in receipts.sorted(by: { Array($0.key.utf8).lexicographicallyPrecedes($1.key.utf8) }) {
            let before = last[customer]
            let first = (before?.lastSequence ?? 0) + 1
            let entry = EntryRecord(
                customer: CustomerID(rawValue: customer), epoch: epoch, hash: digest(),
                previous: before?.hash ?? .zero, firstSequence: first, lastSequence: first + count - 1,
                due: PicoUSD(Int128(number) * PicoUSD.dollar.rawValue + Int128(count)),
                months: number < 6 ? [Month(sinceEpoch: 682)] : [Month(sinceEpoch: 682), Month(sinceEpoch: 683)],
                document: Array("{\"customer\":\"\(customer)\",\"epoch\":\(number)}".utf8))
            last[customer] = entry
            entries.append(entry)
        }
        let commitment = CommitmentRecord(
            epoch: epoch, hash: digest(), previous: lastCommitment, position: number * 10,
            document: Array("{\"epoch\":\(number)}".utf8))
        lastCommitment = commitment.hash
        return (commitment, entries)
    }

    private mutating func digest() -> Digest32 {
        Digest32(words: (random.next(), random.next(), random.next(), random.next()))
    }
}
