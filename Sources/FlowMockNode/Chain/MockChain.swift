/// The chain behind the node: blocks, accounts, and transactions on their way.
///
/// It does no I/O and knows no time; it moves when ``step()`` is called.
struct MockChain: Sendable {
    /// A transaction that the node has accepted.
    struct Entry: Sendable {
        let transaction: MockTransaction
        let referenceHeight: UInt64
        /// Accepted by this node, but never passed on to those that make blocks.
        var isWithheld: Bool
        /// Its place, once it is in a block.
        var place: (height: UInt64, index: Int)?
        var result: Result?
        var isExpired = false
        /// It will be in one more block than it is: it reached two clusters of collection nodes.
        var isRepeated = false
        /// Its first place and result, when it is in two blocks; the node tells of the second.
        var first: (height: UInt64, index: Int, result: Result?)?

        /// The transaction as it is in the block at a height.
        func inBlock(at height: UInt64) -> Entry {
            guard let first, first.height == height else { return self }
            var entry = self
            (entry.place, entry.result) = ((first.height, first.index), first.result)
            return entry
        }
    }

    /// How a transaction ended.
    struct Result: Sendable {
        var errorMessage = ""
        var computation: UInt64 = 0
        var events: [EmittedEvent] = []
    }

    let settings: MockAccessNode.ChainSettings
    var executor: @Sendable (MockTransaction) -> MockExecution
    var accounts: [MockAddress: AccountState] = [:]
    /// The index of the account that was created last.
    var accountCount: UInt64 = 1
    private(set) var blocks: [MockBlock]
    private(set) var heights: [String: UInt64] = [:]
    var entries: [String: Entry] = [:]
    /// The transactions that are also known by the number of a scheduled one.
    var scheduled: [UInt64: String] = [:]
    /// Accepted transactions that are in no block yet, oldest first.
    private(set) var pending: [String] = []
    private(set) var executedHeight: UInt64
    private(set) var counts: [String: MockExecutionCount] = [:]
    private(set) var sequenceErrors = 0
    private var generator: SplitMix

    init(_ settings: MockAccessNode.ChainSettings, executor: @escaping @Sendable (MockTransaction) -> MockExecution) {
        self.settings = settings
        self.executor = executor
        generator = SplitMix(seed: settings.seed)
        let root = MockBlock(
            parent: nil, height: settings.rootHeight, timestamp: settings.startTime, transactions: [],
            network: settings.network)
        blocks = [root]
        heights[root.id] = root.height
        executedHeight = root.height
        for (address, account) in settings.accounts {
            accounts[address] = AccountState(
                keys: account.keys, balance: account.balance, contracts: account.contracts, at: root.height)
        }
    }

    // MARK: Heights

    /// The newest block's height: a block is final as soon as it is made.
    var finalHeight: UInt64 { settings.rootHeight + UInt64(blocks.count) - 1 }

    /// The height up to which results are sealed.
    var sealedHeight: UInt64 {
        let lag = UInt64(settings.sealingLag)
        return executedHeight - settings.rootHeight > lag ? executedHeight - lag : settings.rootHeight
    }

    func block(at height: UInt64) -> MockBlock? {
        guard height >= settings.rootHeight, height <= finalHeight else { return nil }
        return blocks[Int(height - settings.rootHeight)]
    }

    func block(id: String) -> MockBlock? { heights[id].flatMap(block(at:)) }

    // MARK: Moving

    mutating func add(_ entry: Entry, id: String) {
        entries[id] = entry
        pending.append(id)
    }

    /// Makes a block of what is pending, and executes and seals older ones.
    mutating func step() {
        let height = finalHeight + 1
        var included: [String] = []
        var waiting: [String] = []
        for id in pending {
            guard let entry = entries[id] else { continue }
            if height - min(height, entry.referenceHeight) > UInt64(settings.expiryBlocks) {
                entries[id]?.isExpired = true
            } else if entry.isWithheld || included.count >= settings.transactionsPerBlock {
                waiting.append(id)
            } else {
                included.append(id)
            }
        }
        for id in included where entries[id]?.isRepeated == true {
            entries[id]?.isRepeated = false
            waiting.append(id)
        }
        pending = waiting
        // The order inside of a block is nobody's promise.
        included.shuffle(using: &generator)
        for (index, id) in included.enumerated() {
            if let place = entries[id]?.place { entries[id]?.first = (place.height, place.index, nil) }
            entries[id]?.place = (height, index)
        }
        let block = MockBlock(
            parent: blocks.last, height: height,
            timestamp: settings.startTime + Int64(height - settings.rootHeight) * settings.blockMilliseconds,
            transactions: included, network: settings.network)
        blocks.append(block)
        heights[block.id] = height
        while executedHeight + UInt64(settings.executionLag) < finalHeight { executeNextBlock() }
    }

    /// Makes blocks until every transaction that can be is sealed.
    mutating func settle() {
        while pending.contains(where: { entries[$0]?.isWithheld == false }) { step() }
        let last = entries.values.compactMap(\.place?.height).max() ?? 0
        while sealedHeight < last { step() }
    }

    private mutating func executeNextBlock() {
        executedHeight += 1
        let index = Int(executedHeight - settings.rootHeight)
        for id in blocks[index].transactions {
            let result = execute(id, at: executedHeight)
            if entries[id]?.first?.height == executedHeight {
                entries[id]?.first?.result = result
            } else {
                entries[id]?.result = result
            }
            blocks[index].events += result.events
        }
    }

    /// Notes how a transaction ended, for ``MockAccessNode/executions(of:)``.
    mutating func count(_ logicalID: String, _ change: (inout MockExecutionCount) -> Void) {
        change(&counts[logicalID, default: MockExecutionCount()])
    }

    mutating func countSequenceError() { sequenceErrors += 1 }
}

/// How often a logical transaction took effect and failed.
public struct MockExecutionCount: Sendable, Hashable {
    /// How often it ran through: what it does was done so often.
    public var succeeded = 0
    /// How often its body failed: it was paid for and did nothing.
    public var failed = 0
    /// How often it was refused before its body: a signature or the sequence number was wrong.
    public var refused = 0

    /// Creates counts of zero.
    public init() {}
}
