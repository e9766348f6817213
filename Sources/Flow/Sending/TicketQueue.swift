/// A queue in the order of tickets, from which anyone can be taken out.
///
/// Who comes has the highest ticket as a rule, and who goes is found by bisection: ten thousand who wait cost no time.
struct TicketQueue<Element> {
    private var elements: [(ticket: UInt64, element: Element)] = []

    var count: Int { elements.count }
    var isEmpty: Bool { elements.isEmpty }

    /// Adds an element in front of those with higher tickets.
    mutating func insert(_ element: Element, _ ticket: UInt64) {
        elements.insert((ticket, element), at: position(ticket))
    }

    /// Takes out the element with this ticket, if it is there.
    mutating func remove(_ ticket: UInt64) -> Element? {
        let position = position(ticket)
        guard position < elements.count, elements[position].ticket == ticket else { return nil }
        return elements.remove(at: position).element
    }

    /// Takes out the element with the lowest ticket.
    mutating func removeFirst() -> Element? { elements.isEmpty ? nil : elements.removeFirst().element }

    /// Takes out everything.
    mutating func removeAll() -> [Element] {
        defer { elements = [] }
        return elements.map(\.element)
    }

    /// Where the first ticket stands that is not lower.
    private func position(_ ticket: UInt64) -> Int {
        guard let last = elements.last, last.ticket >= ticket else { return elements.count }
        var (low, high) = (0, elements.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if elements[middle].ticket < ticket { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
