internal import FoundationEssentials
internal import GRDB
internal import Metering

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Opens the file of a store, a ledger or an oracle: creates, recognizes and migrates it.
enum StoreFile {
    /// What a file is for.
    struct Kind: Sendable {
        /// Marks files of this kind (`PRAGMA application_id`).
        var applicationID: Int32
        /// Makes its tables.
        var migrator: DatabaseMigrator

        /// Usage events and the directory.
        static let store = Kind(applicationID: StoreSchema.applicationID, migrator: StoreSchema.migrator)
        /// Accounts, the journal and subscriptions.
        static let ledger = Kind(applicationID: LedgerSchema.applicationID, migrator: LedgerSchema.migrator)
        /// Commitments, the outbox and the lease.
        static let oracle = Kind(applicationID: OracleSchema.applicationID, migrator: OracleSchema.migrator)
    }

    /// Makes sure that there is a file, readable by its owner only.
    static func prepare(_ path: String, mode: SQLiteUsageStore.Mode) throws(MeteringError) {
        guard !path.isEmpty else { throw MeteringError(.invalidInput, "the store's path is empty; name a file") }
        if mode == .readOnly {
            guard access(path, F_OK) == 0 else {
                throw MeteringError(.notFound, "there is no store at \(path); check the path, or run `serve` first")
            }
            return
        }
        let directory = parent(of: path)
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw MeteringError(
                .storeUnavailable, "the directory \(directory) cannot be created; choose another path", cause: error)
        }
        // Only a new file is opened here: closing a descriptor drops the locks that SQLite holds on it in this process.
        let descriptor = Self.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
            return
        }
        guard errno == EEXIST, access(path, W_OK) == 0 else {
            let reason = String(cString: strerror(errno))
            throw MeteringError(.storeUnavailable, "the store \(path) cannot be opened for writing: \(reason)")
        }
    }

    private static func open(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
        #if canImport(Glibc)
            Glibc.open(path, flags, mode)
        #else
            Darwin.open(path, flags, mode)
        #endif
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Opens the file's connections.
    ///
    /// - Parameter pause: Called before each further attempt while other processes are busy with the file.
    static func openPool(
        _ path: String, mode: SQLiteUsageStore.Mode, options: SQLiteUsageStore.Options,
        pause: () -> Void = { usleep(1_000) }
    ) throws -> DatabasePool {
        var configuration = GRDB.Configuration()
        configuration.readonly = mode == .readOnly
        configuration.maximumReaderCount = options.readerCount
        configuration.busyMode = .timeout(Double(options.busyTimeoutMilliseconds) / 1_000)  // lint: GRDB takes seconds
        configuration.label = "flowmeter.store"
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA mmap_size = 0")
            try database.execute(sql: "PRAGMA cache_size = -2048")
        }
        let pool = try retrying(for: .milliseconds(options.busyTimeoutMilliseconds), pause: pause) {
            try DatabasePool(path: path, configuration: configuration)
        }
        guard mode == .readWrite else { return pool }
        // Set here because GRDB sets its own value when it turns on the WAL.
        let synchronous = options.durability == .full ? "FULL" : "NORMAL"
        try pool.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = \(synchronous)")
            if let pages = options.maximumPageCount {
                try database.execute(sql: "PRAGMA max_page_count = \(pages)")
            }
        }
        return pool
    }

    /// Repeats what fails because another process holds the file.
    ///
    /// The first one to open a new file turns its log on, and needs the file alone for it; SQLite refuses all who come
    /// at that moment at once, whatever their timeout.
    private static func retrying<Value>(
        for limit: Duration, pause: () -> Void, _ body: () throws -> Value
    ) throws -> Value {
        let deadline = ContinuousClock.now + limit
        while true {
            do { return try body() } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                guard ContinuousClock.now < deadline else { throw error }
                pause()
            }
        }
    }

    /// Makes the tables of `kind`, or brings them up to date.
    ///
    /// Several processes may do so at once, each migration in a transaction of its own. One that finds the next
    /// migration done by another starts again after it: every failure that another's progress explains is of that kind.
    static func migrate(_ pool: DatabasePool, path: String, as kind: Kind = .store) throws {
        guard try pool.read({ try isOursOrEmpty($0, kind) }) else { throw foreignError(path) }
        while true {
            let before = try pool.read(kind.migrator.appliedIdentifiers)
            do { return try kind.migrator.migrate(pool) } catch {
                guard try pool.read(kind.migrator.appliedIdentifiers).isStrictSuperset(of: before) else { throw error }
            }
        }
    }

    /// Refuses files of other programs and of later versions, and, when asked to, damaged ones.
    static func check(_ pool: DatabasePool, path: String, as kind: Kind = .store, integrity: Bool) throws {
        try pool.read { database in
            guard try isOursOrEmpty(database, kind) else { throw foreignError(path) }
            guard try !kind.migrator.hasBeenSuperseded(database) else {
                throw MeteringError(
                    .storeUnavailable, "the store \(path) was made by a newer version of flowmeter; use that one")
            }
            guard try kind.migrator.hasCompletedMigrations(database) else {
                throw MeteringError(
                    .storeUnavailable,
                    "the store \(path) is empty, or was made by an older version; open it for writing once")
            }
            guard integrity else { return }
            let finding = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? "no answer"
            guard finding == "ok" else {
                throw MeteringError(
                    .storeCorrupt, "the store \(path) is damaged (\(finding)); restore it from a backup")
            }
        }
    }

    /// Whether the database is a store, or is about to become one.
    ///
    /// Tables of GRDB's own come first: another process may be at it, or a crash may have come between.
    private static func isOursOrEmpty(_ database: Database, _ kind: Kind) throws -> Bool {
        if try Int32.fetchOne(database, sql: "PRAGMA application_id") == kind.applicationID { return true }
        return try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master WHERE tbl_name NOT GLOB 'grdb_*'")
            == 0
    }

    private static func foreignError(_ path: String) -> MeteringError {
        MeteringError(
            .storeCorrupt, "\(path) is a database of another program, or of another kind; choose another path")
    }
}
