extension SQLiteUsageStore {
    /// How a store is opened.
    public enum Mode: Sendable, Hashable {
        /// For reading and writing; the file and its directories are created when they are missing.
        case readWrite
        /// For reading what another process writes. Every change throws `storeUnavailable`.
        case readOnly
    }

    /// When a commit counts as durable.
    public enum Durability: String, Sendable, Hashable, CaseIterable {
        /// When the disk has it (`synchronous=FULL`): it survives a power failure.
        case full
        /// When the operating system has it (`synchronous=NORMAL`): it survives the process being killed, but a power
        /// failure can take the last commits.
        case process
    }

    /// Settings of a store.
    ///
    /// The defaults are right for a gateway.
    public struct Options: Sendable, Hashable {
        /// When a commit counts as durable.
        public var durability = Durability.full
        /// How long a commit waits for more events to share it, in microseconds.
        ///
        /// Normally 0: events that come while a commit is under way share the next one.
        public var commitDelayMicroseconds = 0
        /// About how many events one commit takes at most.
        ///
        /// A single `submit` is never divided.
        public var batchLimit = 131_072
        /// How many queries can run at the same time.
        public var readerCount = 3
        /// Page cache of the writer, in KiB.
        public var writerCacheKilobytes = 10_240
        /// The same while it writes thousands of events at once, as an import does.
        public var bulkCacheKilobytes = 32_768
        /// How long to wait while another process writes, in milliseconds.
        public var busyTimeoutMilliseconds: Int32 = 10_000
        /// Whether to look through the whole file for damage when opening it.
        ///
        /// Takes about a second per GB.
        public var checksIntegrity = false

        /// The most 4 KiB pages that the file may have; for tests of a full disk.
        package var maximumPageCount: Int?
        /// When what is done in portions is done; for tests.
        package var limits = Limits()

        /// The defaults.
        public init() {}
    }

    /// After how many events the tables that are kept up in portions are brought up to date, and what is worth two commits.
    package struct Limits: Sendable, Hashable {
        /// Roll-ups.
        ///
        /// Every query reads up to so many events itself.
        package var rollupInterval: Int
        /// The index of chains.
        ///
        /// The writer remembers up to about twice as many events, 16 bytes each.
        package var indexInterval: Int
        /// So many events that wait at once are written as two groups, one prepared while the other is written.
        package var divided: Int

        /// Sets all of them.
        package init(rollupInterval: Int = 4_096, indexInterval: Int = 65_536, divided: Int = 8_192) {
            self.rollupInterval = rollupInterval
            self.indexInterval = indexInterval
            self.divided = divided
        }
    }
}
