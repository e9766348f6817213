import Testing

@testable import Flow

@Suite("The state machine of a stream")
struct StreamStateMachineTests {
    private static let zeros = String(repeating: "0", count: 64)

    private func id(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 64 - digits.count) + digits
    }

    private func block(_ height: UInt64, id: UInt64? = nil, parent: UInt64? = nil) -> [UInt8] {
        let header =
            #"{"id":"\#(self.id(id ?? height))","parent_id":"\#(self.id(parent ?? height - 1))","height":"\#(height)","#
            + #""timestamp":"2026-01-01T00:00:00Z"}"#
        return Array(
            #"{"subscription_id":"flow","topic":"blocks","payload":{"block":{"header":\#(header)}}}"#.utf8)
    }

    private func events(_ height: UInt64, index: UInt64) -> [UInt8] {
        Array(
            (#"{"subscription_id":"flow","topic":"events","payload":{"block_id":"\#(id(height))","block_height":"\#(height)","#
                + #""block_timestamp":"2026-01-01T00:00:00Z","events":[],"message_index":\#(index)}}"#).utf8)
    }

    private func status(_ name: String, index: UInt64) -> [UInt8] {
        Array(
            (#"{"subscription_id":"flow","topic":"transaction_statuses","payload":{"transaction_result":{"block_id":"","#
                + #""collection_id":"","execution":"Pending","status":"\#(name)","status_code":0,"error_message":"","#
                + #""computation_used":"0","events":[]},"message_index":\#(index)}}"#).utf8)
    }

    private func error(_ code: Int) -> [UInt8] {
        Array(#"{"subscription_id":"flow","action":"subscribe","error":{"code":\#(code),"message":"no"}}"#.utf8)
    }

    private func name<Topic>(_ action: StreamStateMachine<Topic>.Action) -> String {
        switch action {
        case .none: "none"
        case .deliver: "deliver"
        case .deliverLast: "last"
        case .reconnect(let error): "reconnect \(error.code)"
        case .fail(let error): "fail \(error.code)"
        }
    }

    @Test("it asks for what was not seen yet")
    func requests() {
        var machine = StreamStateMachine(BlocksTopic(isSealed: true, start: .height(7)), attempts: 9)
        #expect(
            String(decoding: machine.connected(), as: UTF8.self)
                == #"{"subscription_id":"flow","action":"subscribe","topic":"blocks","arguments":{"block_status":"sealed","start_block_height":"7"}}"#
        )
        _ = machine.received(block(7))
        _ = machine.received(block(8))
        _ = machine.disconnected()
        #expect(String(decoding: machine.connected(), as: UTF8.self).contains(#""start_block_height":"8""#))
        var latest = StreamStateMachine(BlocksTopic(isSealed: false, start: .latest), attempts: 9)
        #expect(String(decoding: latest.connected(), as: UTF8.self).contains(#"{"block_status":"finalized"}"#))
    }

    @Test("an event filter is part of the request")
    func filter() {
        let filter = EventStreamFilter(
            types: ["flow.AccountCreated"], addresses: [FlowAddress(rawValue: 1)], contracts: ["A.0000000000000001.X"])
        var machine = StreamStateMachine(EventsTopic(filter: filter, start: .latest), attempts: 9)
        #expect(
            String(decoding: machine.connected(), as: UTF8.self).contains(
                #"{"heartbeat_interval":"1","event_types":["flow.AccountCreated"],"addresses":["0000000000000001"],"contracts":["A.0000000000000001.X"]}"#
            ))
    }

    @Test("blocks are new, old, missing, or of another chain")
    func blocks() {
        var machine = StreamStateMachine(BlocksTopic(isSealed: true, start: .height(5)), attempts: 9)
        _ = machine.connected()
        #expect(name(machine.received(Array(#"{"subscription_id":"flow","action":"subscribe"}"#.utf8))) == "none")
        #expect(name(machine.received(block(4))) == "none")
        #expect(name(machine.received(block(6))) == "reconnect malformedAnswer")
        #expect(name(machine.received(block(5))) == "deliver")
        #expect(name(machine.received(block(5))) == "none")
        #expect(name(machine.received(block(6))) == "deliver")
        #expect(name(machine.received(block(8))) == "reconnect malformedAnswer")
        #expect(name(machine.received(block(7, parent: 99))) == "fail malformedAnswer")
        #expect(name(machine.received(block(6, id: 99))) == "fail malformedAnswer")
        #expect(name(machine.received(block(7))) == "deliver")
        #expect(machine.seen?.order == 7)
    }

    @Test("a gap in the numbers of messages is a loss, also where heights do not show it")
    func indices() {
        var machine = StreamStateMachine(EventsTopic(filter: EventStreamFilter(), start: .latest), attempts: 9)
        _ = machine.connected()
        #expect(name(machine.received(events(10, index: 0))) == "deliver")
        #expect(name(machine.received(events(10, index: 0))) == "none")
        #expect(name(machine.received(events(11, index: 2))) == "reconnect malformedAnswer")
        _ = machine.connected()
        #expect(name(machine.received(events(10, index: 0))) == "none")
        #expect(name(machine.received(events(11, index: 1))) == "deliver")
    }

    @Test("each status of a transaction comes once, and the last one ends it", arguments: ["Sealed", "Expired"])
    func statuses(last: String) throws {
        let id = try FlowIdentifier(Self.zeros)
        var machine = StreamStateMachine(TransactionTopic(id: id), attempts: 9)
        _ = machine.connected()
        #expect(name(machine.received(status("", index: 0))) == "none")
        #expect(name(machine.received(status("Pending", index: 1))) == "deliver")
        #expect(name(machine.received(status("Executed", index: 3))) == "reconnect malformedAnswer")
        _ = machine.connected()
        #expect(name(machine.received(status("Pending", index: 0))) == "none")
        #expect(name(machine.received(status("Finalized", index: 1))) == "deliver")
        #expect(name(machine.received(status(last, index: 2))) == "last")
    }

    @Test(
        "errors are told apart",
        arguments: [
            (400, "fail refused"), (403, "fail refused"), (404, "reconnect notFound"), (429, "reconnect rateLimited"),
            (500, "reconnect unavailable"), (503, "reconnect unavailable"),
        ])
    func errors(code: Int, action: String) {
        var machine = StreamStateMachine(BlocksTopic(isSealed: true, start: .latest), attempts: 9)
        _ = machine.connected()
        #expect(name(machine.received(error(code))) == action)
    }

    @Test("a node that refuses to go on is left for another, and one that never took the subscription is not")
    func refusalWhileResuming() {
        var machine = StreamStateMachine(BlocksTopic(isSealed: true, start: .latest), attempts: 9)
        _ = machine.connected()
        _ = machine.received(block(5))
        _ = machine.disconnected()
        _ = machine.connected()
        #expect(name(machine.received(error(400))) == "reconnect refused")
        #expect(machine.seen?.order == 5)
    }

    @Test("the largest numbers are no trap")
    func extremes() {
        var machine = StreamStateMachine(EventsTopic(filter: EventStreamFilter(), start: .latest), attempts: 9)
        _ = machine.connected()
        #expect(name(machine.received(events(1, index: .max))) == "deliver")
        #expect(name(machine.received(events(2, index: 0))) == "deliver")
        #expect(name(machine.received(events(.max, index: 1))) == "reconnect malformedAnswer")
        var other = StreamStateMachine(EventsTopic(filter: EventStreamFilter(), start: .height(.max)), attempts: 9)
        _ = other.connected()
        #expect(name(other.received(events(.max, index: 0))) == "deliver")
        #expect(name(other.received(events(.max, index: 1))) == "none")
        #expect(name(other.received(events(3, index: 2))) == "none")
    }

    @Test(
        "messages that cannot be read are not trusted",
        arguments: ["", "{", "[]", "{}", "\"x\"", #"{"payload":{}}"#, #"{"payload":{"block":{"header":{"id":"x"}}}}"#])
    func unreadable(text: String) {
        var machine = StreamStateMachine(BlocksTopic(isSealed: true, start: .latest), attempts: 9)
        _ = machine.connected()
        #expect(name(machine.received(Array(text.utf8))) == "reconnect malformedAnswer")
        #expect(machine.seen == nil)
    }

    @Test("attempts in a row are counted anew after an element and after a ping")
    func attempts() {
        var machine = StreamStateMachine(BlocksTopic(isSealed: true, start: .latest), attempts: 3)
        #expect(machine.disconnected() == 1)
        #expect(machine.disconnected() == 2)
        #expect(machine.disconnected() == nil)
        _ = machine.received(block(5))
        #expect(machine.disconnected() == 1)
        machine.pinged()
        #expect(machine.disconnected() == 1)
    }
}
