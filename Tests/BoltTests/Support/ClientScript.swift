import Testing

@testable import Bolt

/// Does with the driver what a recorded client did, call by call.
struct ClientScript: Sendable {
    private let requests: [Fixture.Event]
    /// Whether the server refuses the request at a place of the list, or leaves there.
    private let failures: Set<Int>
    private let serverLeaves: Bool

    init(events: [Fixture.Event]) {
        var requests: [Fixture.Event] = []
        var failures: Set<Int> = []
        var answered = 0
        for event in events where event.kind == "message" {
            if event.isClient {
                requests.append(event)
            } else if event.tag == 0x70 || event.tag == 0x7E || event.tag == 0x7F {
                if event.tag == 0x7F { failures.insert(answered) }
                answered += 1
            }
        }
        self.requests = requests
        self.failures = failures
        // Unanswered requests but the farewell: the server left.
        serverLeaves = answered < requests.count(where: { $0.tag != 0x02 })
    }

    func run(_ address: BoltAddress) async throws {
        guard let hello = requests.first else {
            let driver = try BoltDriver("bolt://\(address)", authentication: .none, configuration: .patient)
            defer { driver.close() }
            let error = await #expect(throws: BoltError.self) { try await driver.verifyConnectivity() }
            #expect(error?.code == .unsupportedVersion)
            return
        }
        var configuration = BoltConfiguration.patient
        configuration.maximumPoolSize = 1
        configuration.maximumRetryTime = .zero
        configuration.notifications = Self.filter(hello)
        let logon = requests.first { $0.tag == 0x6A } ?? hello
        let driver = try BoltDriver(
            "bolt://\(address)", authentication: Self.authentication(logon), configuration: configuration)
        defer { driver.close() }
        var index = requests.firstIndex { $0.tag != 0x01 && $0.tag != 0x6A } ?? requests.count
        if failures.contains(1) {
            let error = await #expect(throws: BoltError.self) { try await driver.verifyConnectivity() }
            #expect(error?.server?.code == "Neo.ClientError.Security.Unauthorized")
            #expect(error?.isRetryable == false)
            return
        }
        var interface: Int64?
        while index < requests.count {
            let request = requests[index]
            switch request.tag {
            case 0x0F:
                // After a failure the driver resets by itself.
                if !failures.contains(where: { (index - 4..<index).contains($0) }) {
                    try await driver.verifyConnectivity()
                }
                index += 1
            case 0x54:
                if case .integer(let number) = request.fields[0] { interface = number }
                index += 1
            case 0x10: index = try await autoCommit(driver, index)
            case 0x11:
                index = try await transaction(driver, index, interface)
                interface = nil
            case 0x6B: index = try await reauthenticated(driver, index)
            default: index += 1
            }
        }
    }

    // MARK: Units of work

    private func autoCommit(
        _ driver: BoltDriver, _ start: Int, _ authentication: BoltAuthentication? = nil
    ) async throws -> Int {
        let extra = requests[start].fields[2]
        var session = Self.session(extra)
        session.fetchSize = fetchSize(start + 1)
        session.authentication = authentication
        var end = start + 1
        while end < requests.count, requests[end].tag == 0x3F { end += 1 }
        let isDiscarded = end < requests.count && requests[end].tag == 0x2F
        let (settings, query) = (Self.settings(extra), query(start))
        let isFailing = failures.contains { (start..<end).contains($0) }
        try await driver.withSession(session) { session in
            if isFailing {
                await #expect(throws: BoltError.self) {
                    try await session.run(query, configuration: settings).collect()
                }
                return
            }
            let result = try await session.run(query, configuration: settings)
            if !isDiscarded { for try await _ in result {} }
            try await result.consume()
        }
        return isDiscarded ? end + 1 : end
    }

    private func transaction(_ driver: BoltDriver, _ start: Int, _ interface: Int64?) async throws -> Int {
        let extra = requests[start].fields[0]
        var end = start + 1
        while end < requests.count, [0x10, 0x3F, 0x2F].contains(requests[end].tag) { end += 1 }
        let isCommitted = end < requests.count && requests[end].tag == 0x12
        let isRolledBack = end < requests.count && requests[end].tag == 0x13
        let isFailing = failures.contains { (start...end).contains($0) } || serverLeaves
        let runs = (start..<end).filter { requests[$0].tag == 0x10 }
        if interface == 3, let run = runs.first {
            var configuration = BoltQueryConfiguration()
            configuration.accessMode = Self.session(extra).accessMode
            _ = try await driver.executeQuery(query(run), configuration: configuration)
            return end + 1
        }
        var session = Self.session(extra)
        if let run = runs.first { session.fetchSize = fetchSize(run + 1) }
        let settings = Self.settings(extra)
        let work: @Sendable (BoltTransaction) async throws -> Void = { transaction in
            var results: [BoltResult] = []
            for run in runs { results.append(try await transaction.run(query(run))) }
            for result in results.reversed() { for try await _ in result {} }
            if isRolledBack { try await transaction.rollback() }
        }
        do {
            try await driver.withSession(session) { session in
                switch interface {
                case 0: try await session.executeWrite(configuration: settings, work)
                default: try await session.withTransaction(configuration: settings, work)
                }
            }
            #expect(!isFailing)
        } catch let error as BoltError {
            guard isFailing else { throw error }
            #expect(error.code == (serverLeaves ? .commitOutcomeUnknown : .server))
            if serverLeaves { #expect(error.gqlStatus == "08007" && !error.isRetryable) }
        }
        return isCommitted || isRolledBack ? end + 1 : end
    }

    private func reauthenticated(_ driver: BoltDriver, _ start: Int) async throws -> Int {
        let authentication = Self.authentication(requests[start + 1])
        var session = BoltSessionConfiguration(database: "neo4j")
        session.authentication = authentication
        try await driver.withSession(session) { session in
            let error = await #expect(throws: BoltError.self) { try await session.run("RETURN 1 AS a").collect() }
            #expect(error?.server?.code == "Neo.ClientError.Security.Unauthorized")
        }
        return requests.count
    }

    // MARK: From messages to calls

    private func query(_ index: Int) -> BoltQuery {
        guard case .string(let text) = requests[index].fields[0], case .map(let pairs) = requests[index].fields[1]
        else {
            return ""
        }
        return BoltQuery(text: text, parameters: Dictionary(uniqueKeysWithValues: pairs.map { ($0.key, $0.value) }))
    }

    private func fetchSize(_ index: Int) -> Int? {
        guard index < requests.count, let field = requests[index].fields.first, case .integer(let count)? = field["n"]
        else { return nil }
        return Int(count)
    }

    private static func session(_ extra: TestValue) -> BoltSessionConfiguration {
        var session = BoltSessionConfiguration(database: extra["db"]?.text)
        if extra["mode"]?.text == "r" { session.accessMode = .read }
        if case .list(let marks)? = extra["bookmarks"] { session.bookmarks = BoltBookmarks(marks.compactMap(\.text)) }
        session.impersonatedUser = extra["imp_user"]?.text
        return session
    }

    private static func settings(_ extra: TestValue) -> BoltTransactionConfiguration {
        var settings = BoltTransactionConfiguration()
        if case .integer(let milliseconds)? = extra["tx_timeout"] { settings.timeout = .milliseconds(milliseconds) }
        if case .map(let pairs)? = extra["tx_metadata"] {
            for pair in pairs { settings.metadata[pair.key] = pair.value.text.map { BoltValue(stringLiteral: $0) } }
        }
        return settings
    }

    private static func authentication(_ event: Fixture.Event) -> BoltAuthentication {
        let field = event.fields[0]
        return .custom(
            scheme: field["scheme"]?.text ?? "none", principal: field["principal"]?.text,
            credentials: field["credentials"]?.text, realm: field["realm"]?.text)
    }

    private static func filter(_ hello: Fixture.Event) -> BoltNotificationFilter {
        let field = hello.fields[0]
        var filter = BoltNotificationFilter()
        filter.minimumSeverity = field["notifications_minimum_severity"]?.text.flatMap {
            BoltNotificationFilter.Severity(rawValue: $0)
        }
        let disabled = field["notifications_disabled_categories"] ?? field["notifications_disabled_classifications"]
        if case .list(let names)? = disabled {
            filter.disabled = names.compactMap(\.text).map { BoltNotificationFilter.Classification(stringLiteral: $0) }
        }
        return filter
    }
}

extension TestValue {
    /// The value of a key, in a map.
    subscript(key: String) -> TestValue? {
        guard case .map(let pairs) = self else { return nil }
        return pairs.first { $0.key == key }?.value
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}
