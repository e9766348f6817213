import TestServers
import Testing

@testable import Bolt

/// What a server says after the last record.
@Suite struct SummaryTests {
    private func map(_ value: TestValue) throws -> BoltMap { try #require(try BoltValue(value).map) }

    /// The metadata of the successes that a fixture's server sent.
    private func successes(_ fixture: String) throws -> [BoltMap] {
        try Fixture.named(fixture).connections[0].filter { !$0.isClient && $0.tag == 0x70 }.map {
            try map($0.fields[0])
        }
    }

    @Test("The statuses of a newer server are taken as they are, with the defaults that it leaves out")
    func statuses() throws {
        let pull = try #require(try successes("s01").first { $0["statuses"] != nil })
        let statuses = BoltStatus.all(ResultStream.End(run: .empty, pull: pull, hadRecords: true))
        #expect(statuses.map(\.gqlStatus) == ["00000", "01N51"])
        #expect(statuses.map(\.isNotification) == [false, true])
        let notification = statuses[1]
        #expect(notification.code == "Neo.ClientNotification.Statement.UnknownRelationshipTypeWarning")
        #expect(notification.severity == "WARNING")
        #expect(notification.classification == "UNRECOGNIZED")
        #expect(notification.position?.offset == 9)
        #expect(notification.position?.column == 10)
        #expect(notification.diagnosticRecord["CURRENT_SCHEMA"] == "/")
        #expect(statuses[0].diagnosticRecord["OPERATION_CODE"] == "0")
    }

    @Test(
        "A server that sends no statuses is given those that stand for its answer",
        arguments: [(true, true, "00000"), (false, true, "02000"), (false, false, "00001")])
    func polyfill(_ hadRecords: Bool, _ hasFields: Bool, _ status: String) throws {
        let run = try map(.map([.init(key: "fields", value: .list(hasFields ? [.string("x")] : []))]))
        let end = ResultStream.End(run: run, pull: .empty, hadRecords: hadRecords)
        #expect(BoltStatus.all(end).map(\.gqlStatus) == [status])
    }

    @Test("Notifications of older servers are ordered among the statuses by what they mean")
    func notifications() throws {
        func notification(_ severity: String) -> TestValue {
            let position = TestValue.map([
                .init(key: "offset", value: .integer(3)), .init(key: "line", value: .integer(1)),
                .init(key: "column", value: .integer(4)),
            ])
            return .map([
                .init(key: "code", value: .string("Neo.\(severity)")), .init(key: "severity", value: .string(severity)),
                .init(key: "category", value: .string("HINT")), .init(key: "description", value: .string("text")),
                .init(key: "position", value: position),
            ])
        }
        let pull = try map(
            .map([.init(key: "notifications", value: .list([notification("INFORMATION"), notification("WARNING")]))]))
        let statuses = BoltStatus.all(ResultStream.End(run: .empty, pull: pull, hadRecords: true))
        #expect(statuses.map(\.gqlStatus) == ["01N42", "00000", "03N42"])
        #expect(statuses[0].classification == "HINT")
        #expect(statuses[0].position?.column == 4)
    }

    @Test("Counters are read, and whether anything changed")
    func counters() throws {
        let pull = try #require(try successes("04").first { $0["stats"] != nil })
        let counters = BoltCounters(try #require(pull["stats"]?.map))
        #expect(counters.nodesCreated == 100)
        #expect(counters.propertiesSet == 600)
        #expect(counters.labelsAdded == 100)
        #expect(counters.containsUpdates)
        #expect(!counters.containsSystemUpdates)
        #expect(!BoltCounters(.empty).containsUpdates)
    }

    @Test("Plans are read, and profiles with their figures")
    func plans() throws {
        let all = try successes("20")
        let (plans, profiles) = (all.compactMap { $0["plan"]?.map }, all.compactMap { $0["profile"]?.map })
        let plan = BoltPlan(try #require(plans.first))
        #expect(plan.operatorType == "ArcadeDB.OpenCypher.Plan")
        #expect(plan.rows == nil)
        let profile = BoltPlan(try #require(profiles.first))
        #expect(profile.identifiers == ["n"])
        #expect(profile.arguments["string-representation"]?.string?.contains("Rows Returned: 3") == true)
    }

    @Test("A failure of a newer server is read with its causes and records")
    func failure() throws {
        let event = try #require(try Fixture.named("s03").connections[0].first { !$0.isClient && $0.tag == 0x7F })
        let failure = BoltServerFailure(metadata: try map(event.fields[0]), version: .v58)
        #expect(failure.code == "Neo.ClientError.Statement.SyntaxError")
        #expect(failure.gqlStatus == "42001")
        #expect(failure.classification == .client)
        #expect(!failure.isRetryable)
        #expect(failure.diagnosticRecord["_classification"] == "CLIENT_ERROR")
        #expect(failure.causes.count == 1)
        let error = BoltError(server: failure)
        #expect(error.gqlStatus == "42001")
        // The server's text may repeat data: it is for developers alone.
        #expect(!"\(error)".contains(failure.message))
        #expect(String(reflecting: error).contains(failure.message))
    }

    @Test("A failure of an older server has the general status")
    func olderFailure() throws {
        let metadata = TestValue.map([
            .init(key: "code", value: .string("Neo.TransientError.A.B")), .init(key: "message", value: .string("m")),
        ])
        let failure = BoltServerFailure(metadata: try map(metadata), version: .v54)
        #expect(failure.gqlStatus == "50N42")
        #expect(failure.isRetryable)
        #expect(failure.diagnosticRecord["OPERATION"] == "")
    }

    @Test(
        "The class of a failure says whether to try again",
        arguments: [
            ("Neo.TransientError.General.DatabaseUnavailable", true), ("Neo.ClientError.Cluster.NotALeader", true),
            ("Neo.ClientError.General.ForbiddenOnReadOnlyDatabase", true),
            ("Neo.ClientError.Security.AuthorizationExpired", true), ("Neo.ClientError.Security.TokenExpired", false),
            ("Neo.TransientError.Transaction.Terminated", false),
            ("Neo.TransientError.Transaction.LockClientStopped", false),
            ("Neo.TransientError.Transaction.DeadlockDetected", true),
            ("Neo.DatabaseError.General.UnknownError", false),
            ("", false), ("Neo.TransientError", false),
        ])
    func retryable(_ code: String, _ isRetryable: Bool) throws {
        let metadata = try map(.map([.init(key: "code", value: .string(code))]))
        let failure = BoltServerFailure(metadata: metadata, version: .v54)
        #expect(failure.isRetryable == isRetryable)
        #expect(BoltError(server: failure).isRetryable == isRetryable)
    }
}
