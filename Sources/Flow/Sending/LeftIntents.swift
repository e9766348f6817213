/// The intents that were left on their way, oldest first, and who would follow one.
///
/// It does nothing by itself.
struct LeftIntents {
    typealias Follower = CheckedContinuation<String?, Never>

    /// The keys in the order in which they came; one that was taken out meanwhile, or came anew, has another number below.
    private var queue: [(key: String, number: UInt64)] = []
    /// Where the queue begins.
    private var head = 0
    private var numbers: [String: UInt64] = [:]
    private var last: UInt64 = 0
    private var followers = TicketQueue<Follower>()

    /// How many there are.
    var count: Int { numbers.count }

    /// Adds an intent, or gives it to the follower who has waited for longest.
    mutating func add(_ key: String) -> Follower? {
        if let follower = followers.removeFirst() { return follower }
        guard numbers[key] == nil else { return nil }
        last += 1
        numbers[key] = last
        queue.append((key, last))
        return nil
    }

    /// Takes the oldest intent out.
    mutating func next() -> String? {
        defer { tidy() }
        while head < queue.count {
            let (key, number) = queue[head]
            head += 1
            if numbers[key] == number {
                numbers[key] = nil
                return key
            }
        }
        return nil
    }

    /// Takes an intent out; whether it was there.
    mutating func remove(_ key: String) -> Bool {
        guard numbers.removeValue(forKey: key) != nil else { return false }
        tidy()
        return true
    }

    mutating func wait(_ ticket: UInt64, _ follower: Follower) { followers.insert(follower, ticket) }

    mutating func stopWaiting(_ ticket: UInt64) -> Follower? { followers.remove(ticket) }

    /// Forgets what was taken out, when that is most of the queue.
    private mutating func tidy() {
        guard queue.count > 16, numbers.count * 2 < queue.count else { return }
        queue = queue[head...].filter { numbers[$0.key] == $0.number }
        head = 0
    }
}
