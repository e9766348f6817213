internal import Metering

/// The table that leads from a customer's sequence number to the event's position.
///
/// A row has the positions of 64 events in a row, one after the other: so a number can have one position only, and a portion
/// of events changes few rows.
final class ChainIndex {
    /// How many events share a row.
    static let partSize: Int64 = 64

    private let insert: StoreStatement
    private let update: StoreStatement
    private let select: StoreStatement
    private let selectLast: StoreStatement
    private let selectFrom: StoreStatement
    private let selectEvent: StoreStatement

    init(_ connection: StoreConnection) throws(SQLiteFailure) {
        select = try connection.prepare("SELECT positions FROM chainPart WHERE customer = ?1 AND part = ?2")
        insert = try connection.prepare("INSERT INTO chainPart (customer, part, positions) VALUES (?1, ?2, ?3)")
        update = try connection.prepare("UPDATE chainPart SET positions = ?3 WHERE customer = ?1 AND part = ?2")
        selectLast = try connection.prepare(
            "SELECT positions FROM chainPart WHERE customer = ?1 ORDER BY part DESC LIMIT 1")
        selectFrom = try connection.prepare(
            "SELECT part, positions FROM chainPart WHERE customer = ?1 AND part >= ?2 ORDER BY part")
        selectEvent = try connection.prepare("SELECT sequence, hash FROM event WHERE position = ?1")
    }

    /// The row that a sequence number belongs to.
    static func part(of sequence: Int64) -> Int64 { (sequence - 1) / partSize }

    /// The last indexed event of a customer.
    func head(of customer: Int64) throws(SQLiteFailure) -> (sequence: Int64, hash: ReceiptHash)? {
        selectLast.bind(customer, at: 1)
        defer { selectLast.reset() }
        guard try selectLast.step(), let position = selectLast.withBlob(at: 0, Self.positions)?.last else { return nil }
        return try event(at: position)
    }

    /// The position of a customer's event; `nil` when it is not indexed.
    func position(of customer: Int64, sequence: Int64) throws(SQLiteFailure) -> Int64? {
        let positions = try positions(of: customer, part: Self.part(of: sequence)) ?? []
        let place = Int((sequence - 1) % Self.partSize)
        return place < positions.count ? positions[place] : nil
    }

    /// The positions of at most `limit` of a customer's events after a sequence number, in their order.
    func positions(of customer: Int64, after sequence: Int64, limit: Int) throws(SQLiteFailure) -> [Int64] {
        let first = Self.part(of: sequence + 1)
        selectFrom.bind(customer, at: 1)
        selectFrom.bind(first, at: 2)
        defer { selectFrom.reset() }
        var found: [Int64] = []
        while found.count < limit, try selectFrom.step() {
            guard let positions = selectFrom.withBlob(at: 1, Self.positions) else { throw damage(customer) }
            let skipped = selectFrom.integer(at: 0) == first ? Int(sequence % Self.partSize) : 0
            found += positions.dropFirst(skipped).prefix(limit - found.count)
        }
        return found
    }

    /// Adds events that follow one another and share a row; what is there already is left.
    ///
    /// Another event in the place of one, or a gap before, means that the chain is broken.
    func add(customer: Int64, first sequence: Int64, _ positions: [Int64]) throws(SQLiteFailure) {
        let part = Self.part(of: sequence)
        let known = try self.positions(of: customer, part: part)
        let place = Int((sequence - 1) % Self.partSize)
        let overlap = min(max(0, (known?.count ?? 0) - place), positions.count)
        guard place <= known?.count ?? 0, place + positions.count <= Int(Self.partSize),
            (known ?? []).dropFirst(place).prefix(overlap) == positions.prefix(overlap)
        else {
            throw SQLiteFailure(code: 19, message: "two events with one sequence number of one customer, or none")
        }
        guard overlap < positions.count else { return }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 * Int(Self.partSize))
        for position in (known ?? []) + positions[overlap...] {
            withUnsafeBytes(of: position.bigEndian) { bytes.append(contentsOf: $0) }
        }
        let write = known == nil ? insert : update
        write.bind(customer, at: 1)
        write.bind(part, at: 2)
        write.bind(bytes, at: 3)
        try write.run()
    }

    private func positions(of customer: Int64, part: Int64) throws(SQLiteFailure) -> [Int64]? {
        select.bind(customer, at: 1)
        select.bind(part, at: 2)
        defer { select.reset() }
        guard try select.step() else { return nil }
        guard let positions = select.withBlob(at: 0, Self.positions) else { throw damage(customer) }
        return positions
    }

    private func event(at position: Int64) throws(SQLiteFailure) -> (sequence: Int64, hash: ReceiptHash)? {
        selectEvent.bind(position, at: 1)
        defer { selectEvent.reset() }
        guard try selectEvent.step(), let hash = selectEvent.digest(at: 1) else { return nil }
        return (selectEvent.integer(at: 0), hash)
    }

    /// Eight bytes each, the highest first.
    private static func positions(_ bytes: UnsafeRawBufferPointer) -> [Int64]? {
        guard bytes.count.isMultiple(of: 8) else { return nil }
        return stride(from: 0, to: bytes.count, by: 8).map {
            Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: $0, as: Int64.self))
        }
    }

    private func damage(_ customer: Int64) -> SQLiteFailure {
        SQLiteFailure(code: 11, message: "the index of the chain of customer \(customer) cannot be read")
    }
}
