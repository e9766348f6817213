import Testing

@testable import Bolt

/// What may be sent and answered when.
@Suite struct ProtocolStateMachineTests {
    private func ready(_ version: BoltVersion = .v54) throws -> ProtocolStateMachine {
        var machine = ProtocolStateMachine(version: version)
        try machine.send(.hello)
        if machine.hasLogon { try machine.send(.logon) }
        _ = try machine.receive(.success(hasMore: false))
        if machine.hasLogon { _ = try machine.receive(.success(hasMore: false)) }
        return machine
    }

    @Test("Greeting and authentication make the connection ready", arguments: [BoltVersion.v44, .v50, .v51, .v61])
    func greets(_ version: BoltVersion) throws {
        let machine = try ready(version)
        #expect(machine.isIdle)
        #expect(machine.hasLogon == (version >= .v51))
    }

    @Test("A failure makes the server ignore what follows until the reset")
    func recovers() throws {
        // As recorded from a server: RUN(bad) PULL RUN PULL RESET RUN PULL.
        var machine = try ready()
        try machine.send(.run(inTransaction: false))
        try machine.send(.pull(isLast: true))
        try machine.send(.run(inTransaction: false))
        try machine.send(.pull(isLast: true))
        #expect(try machine.receive(.failure) == .run(inTransaction: false))
        #expect(machine.client == .failed)
        try machine.send(.reset)
        try machine.send(.run(inTransaction: false))
        try machine.send(.pull(isLast: true))
        for _ in 0..<3 { _ = try machine.receive(.ignored) }
        #expect(!machine.isIdle)
        #expect(try machine.receive(.success(hasMore: false)) == .reset)
        _ = try machine.receive(.success(hasMore: false))
        #expect(machine.expectsRecord)
        _ = try machine.receive(.success(hasMore: false))
        #expect(machine.isIdle)
    }

    @Test("A whole transaction may be sent at once")
    func pipelines() throws {
        var machine = try ready()
        for request in [
            .begin, .run(inTransaction: true), .pull(isLast: true), .run(inTransaction: true), .pull(isLast: true),
            .commit,
        ] as [Request] { try machine.send(request) }
        #expect(machine.client == .ready)
        for _ in 0..<6 { _ = try machine.receive(.success(hasMore: false)) }
        #expect(machine.isIdle)
    }

    @Test("A commit is not sent while results are open")
    func refusesEarlyCommit() throws {
        var machine = try ready()
        try machine.send(.begin)
        try machine.send(.run(inTransaction: true))
        try machine.send(.pull(isLast: false))
        #expect(throws: BoltError.self) { try machine.send(.commit) }
        _ = try machine.receive(.success(hasMore: false))
        _ = try machine.receive(.success(hasMore: false))
        _ = try machine.receive(.success(hasMore: true))
        #expect(throws: BoltError.self) { try machine.send(.commit) }
        try machine.send(.discard)
        try machine.send(.commit)
    }

    @Test("A query of a transaction that was reset is not sent")
    func refusesLateQuery() throws {
        var machine = try ready()
        try machine.send(.begin)
        try machine.send(.reset)
        #expect(throws: BoltError.self) { try machine.send(.run(inTransaction: true)) }
    }

    @Test("An answer that the protocol does not allow is a violation")
    func violations() throws {
        var machine = try ready()
        #expect(throws: BoltError.self) { try machine.receive(.success(hasMore: false)) }
        machine = try ready()
        try machine.send(.begin)
        #expect(throws: BoltError.self) { try machine.receive(.ignored) }
        machine = try ready()
        try machine.send(.reset)
        #expect(throws: BoltError.self) { try machine.receive(.ignored) }
        machine = try ready()
        try machine.send(.begin)
        #expect(!machine.expectsRecord)
        // Only a reset succeeds in a failed session.
        try machine.send(.run(inTransaction: true))
        _ = try machine.receive(.failure)
        #expect(throws: BoltError.self) { try machine.receive(.success(hasMore: false)) }
    }

    @Test("Refused credentials end the connection", arguments: [Request.hello, .logon])
    func refusedCredentials(_ request: Request) throws {
        var machine = ProtocolStateMachine(version: .v54)
        try machine.send(.hello)
        if request == .logon {
            try machine.send(.logon)
            _ = try machine.receive(.success(hasMore: false))
        }
        _ = try machine.receive(.failure)
        #expect(machine.server == .defunct)
        #expect(!machine.canReset)
        #expect(throws: BoltError.self) { try machine.send(.reset) }
    }

    @Test("Credentials are replaced in front of the next query")
    func reauthenticates() throws {
        var machine = try ready()
        for request in [.logoff, .logon, .run(inTransaction: false), .pull(isLast: false)] as [Request] {
            try machine.send(request)
        }
        for _ in 0..<3 { _ = try machine.receive(.success(hasMore: false)) }
        _ = try machine.receive(.success(hasMore: false))
        #expect(machine.isIdle)
    }
}
