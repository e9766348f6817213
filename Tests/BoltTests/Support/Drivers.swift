import Synchronization
import Testing

@testable import Bolt

/// A clock whose time passes only while somebody sleeps, and then at once; it remembers the pauses.
final class ImpatientClock: Clock, Sendable {
    typealias Instant = ContinuousClock.Instant
    let sleeps = Box<[Duration]>([])
    private let start = ContinuousClock.now
    var now: ContinuousClock.Instant { start + sleeps.value.reduce(.zero, +) }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
        let pause = now.duration(to: deadline)
        sleeps.change { $0.append(pause) }
        await Task.yield()
    }
}

/// A value that several tasks share.
final class Box<Value: Sendable>: Sendable {
    private let storage: Locked<Value>

    init(_ value: Value) { storage = Locked(value) }

    var value: Value { storage.mutex.withLock { $0 } }

    @discardableResult
    func change<T: Sendable>(_ body: @Sendable (inout Value) -> T) -> T { storage.mutex.withLock { body(&$0) } }
}

private final class Locked<Value: Sendable>: Sendable {
    let mutex: Mutex<Value>
    init(_ value: Value) { mutex = Mutex(value) }
}

extension BoltConfiguration {
    /// Settings whose limits no busy machine reaches: what they are for is tested where it is said so.
    static var patient: BoltConfiguration {
        var configuration = BoltConfiguration()
        configuration.acquisitionTimeout = .seconds(3600)
        configuration.connectTimeout = .seconds(3600)
        configuration.maximumRetryTime = .seconds(3600)
        configuration.sweepInterval = nil
        return configuration
    }
}

extension BoltDriver {
    /// A driver for a test's server, with one connection at a time unless told otherwise.
    static func test(
        _ uri: String, authentication: BoltAuthentication = .basic(username: "neo4j", password: "secret"),
        provider: (any BoltAuthenticationProvider)? = nil, clock: any Clock<Duration> = ImpatientClock(),
        _ change: (inout BoltConfiguration) -> Void = { _ in }
    ) throws -> BoltDriver {
        var configuration = BoltConfiguration.patient
        change(&configuration)
        return try BoltDriver(
            uri: try BoltURI(uri), provider: provider ?? StaticAuthentication(authentication: authentication),
            configuration: configuration, clock: clock)
    }
}

extension ServerSide {
    /// Answers an auto-commit query with rows of one column `x`, and the farewell with nothing.
    mutating func serveRows(_ rows: [Int64], more: [String: TestValue] = [:]) async throws {
        try await expect(0x10)
        try await expect(0x3F)
        try await success(["fields": .list([.string("x")])])
        for row in rows { try await record(.integer(row)) }
        try await success(more)
    }

    /// Answers whatever a client sends, with one row for each query, until it leaves.
    mutating func serveEverything(row: Int64 = 1) async throws {
        while let message = try await next() {
            switch message.tag {
            case 0x02: return
            case 0x10: try await success(["fields": .list([.string("x")])])
            case 0x3F:
                try await record(.integer(row))
                try await success(["bookmark": .string("b")])
            case 0x12: try await success(["bookmark": .string("b")])
            default: try await success()
            }
        }
    }
}
