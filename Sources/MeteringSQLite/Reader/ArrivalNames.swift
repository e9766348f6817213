internal import Metering

/// What the numbers in events stand for, kept from one page of events to the next.
///
/// A name never changes once it is committed, and readers see only what is committed.
struct ArrivalNames: Sendable {
    var customers = NameSlots<CustomerID>()
    var keys = NameSlots<APIKeyID>()
    var sessions = NameSlots<SessionID>()
    var models = NameSlots<String>()
    var skus = NameSlots<SKU>()
    var priceBooks = NameSlots<PriceBookHash>()
}

/// The names last asked for, each in the slot that its number decides: no hashing, and memory that does not grow.
///
/// Numbers are given in sequence, so names that are in use at the same time seldom share a slot.
struct NameSlots<Name: Sendable>: Sendable {
    private struct Slot {
        var number: Int64
        var name: Name
    }
    private static var capacity: Int { 1 << 14 }
    private var slots: [Slot?] = []

    /// The name of a number, found by `find` unless it is kept.
    @inline(__always)
    mutating func name(
        _ number: Int64, else find: () throws(SQLiteFailure) -> Name
    ) throws(SQLiteFailure) -> Name {
        let place = Int(truncatingIfNeeded: number) & (Self.capacity - 1)
        if !slots.isEmpty, let slot = slots[place], slot.number == number { return slot.name }
        let name = try find()
        if slots.isEmpty { slots = Array(repeating: nil, count: Self.capacity) }
        slots[place] = Slot(number: number, name: name)
        return name
    }
}
