import Foundation
import NIOCore
import Testing

@testable import Bolt

/// A recorded conversation between a client and a server.
struct Fixture: Sendable, CustomTestStringConvertible {
    /// One message or the like, with its exact bytes.
    struct Event: Sendable {
        var isClient: Bool
        /// When it was recorded, counted from the beginning of the connection.
        var nanoseconds: UInt64
        var kind: String
        var bytes: [UInt8]
        /// The tag of the message.
        var tag: UInt8?
        /// The fields of the message.
        var fields: [TestValue]

        var request: Request? { tag.flatMap { tag in Self.requests.first { $0.tag == tag } } }

        private static let requests: [Request] = [
            .hello, .logon, .logoff, .goodbye, .reset, .begin, .commit, .rollback, .discard, .route, .telemetry,
            .run(inTransaction: false), .pull(isLast: false),
        ]
    }

    var name: String
    var connections: [[Event]]

    var testDescription: String { name }

    static let all: [Fixture] = {
        guard let folder = Bundle.module.url(forResource: "Fixtures/bolt", withExtension: nil),
            let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        else { return [] }
        return files.sorted { $0.path < $1.path }.compactMap(Fixture.init)
    }()

    static func named(_ prefix: String) throws -> Fixture {
        guard let fixture = all.first(where: { $0.name.hasPrefix(prefix) }) else { throw FixtureError.missing(prefix) }
        return fixture
    }

    enum FixtureError: Error { case missing(String) }

    private init?(_ url: URL) {
        guard let data = FileManager.default.contents(atPath: url.path),
            let root = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any],
            let connections = root["connections"] as? [[String: Any]]
        else { return nil }
        name = root["name"] as? String ?? url.lastPathComponent
        self.connections = connections.map { connection in
            (connection["events"] as? [[String: Any]] ?? []).map { event in
                let decoded = event["decoded"] as? [String: Any]
                let tag = (decoded?["tag"] as? String).flatMap { UInt8($0.dropFirst(2), radix: 16) }
                return Event(
                    isClient: event["dir"] as? String == "C",
                    nanoseconds: UInt64((event["t_ms"] as? NSNumber)?.doubleValue ?? 0) * 1_000_000,
                    kind: event["kind"] as? String ?? "",
                    bytes: [UInt8](hex: event["hex"] as? String ?? "") ?? [], tag: tag,
                    fields: (decoded?["fields"] as? [Any] ?? []).compactMap(TestValue.init(json:)))
            }
        }
    }
}

extension [Fixture.Event] {
    /// The bytes that the server sent, without the handshake.
    var serverMessages: [[UInt8]] {
        filter { !$0.isClient && ($0.kind == "message" || $0.kind == "noop") }.map(\.bytes)
    }
}
