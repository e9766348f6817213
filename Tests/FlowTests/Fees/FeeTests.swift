import Testing

@testable import Flow

@Suite("Fees")
struct FeeTests {
    @Test(
        arguments: [
            (0, "0.00010000"), (1, "0.00014000"), (150, "0.00610000"), (500, "0.02010000"), (9999, "0.40006000"),
        ] as [(UInt64, String)])
    func `the prices of FLIP 351`(computation: UInt64, fee: String) throws {
        #expect(try FeeSchedule.flip351.fee(computation: computation).description == fee)
    }

    @Test func `the surge factor multiplies everything`() throws {
        var schedule = FeeSchedule.flip351
        schedule.surgeFactor = try UFix64(text: "2.5")
        #expect(try schedule.fee(computation: 500).description == "0.05025000")
    }

    @Test func `a fee that does not fit is an error`() {
        var schedule = FeeSchedule.flip351
        schedule.executionEffortCost = UFix64(scaled: .max)
        schedule.surgeFactor = UFix64(scaled: .max)
        #expect(throws: FlowError.self) { try schedule.fee(computation: 9999) }
    }

    @Test(arguments: [(0, 1), (1, 2), (100, 130), (101, 132), (9000, 9999), (.max, 9999)] as [(UInt64, UInt64)])
    func `a tight gas limit leaves room, and stays in range`(used: UInt64, limit: UInt64) {
        #expect(FeeSchedule.tightGasLimit(computationUsed: used) == limit)
    }

    @Test func `an estimator remembers the most that a script used`() throws {
        let estimator = GasEstimator()
        #expect(estimator.gasLimit(for: "a") == 9999)
        estimator.record(script: "a", computationUsed: 200)
        estimator.record(script: "a", computationUsed: 100)
        #expect(estimator.gasLimit(for: "a") == 260)
        #expect(estimator.gasLimit(for: "b") == 9999)
        #expect(try estimator.fee(of: "a", schedule: .flip351).description == "0.00810000")
        #expect(try estimator.fee(of: "b", schedule: .flip351).description == "0.40006000")
    }

    @Test func `an estimator that is full forgets the script that was recorded longest ago`() {
        let estimator = GasEstimator()
        for number in 0..<GasEstimator.capacity { estimator.record(script: "\(number)", computationUsed: 100) }
        estimator.record(script: "0", computationUsed: 100)
        estimator.record(script: "new", computationUsed: 100)
        #expect(estimator.computation(of: "0") == 100)
        #expect(estimator.computation(of: "1") == nil)
        #expect(estimator.computation(of: "2") == 100)
        #expect(estimator.computation(of: "new") == 100)
    }

    @Test func `the prices in force are read from the fee contract`() async throws {
        func field(_ name: String, _ value: String) -> String {
            #"{"value":{"value":"\#(value)","type":"UFix64"},"name":"\#(name)"}"#
        }
        let fields = [
            field("surgeFactor", "1.50000000"), field("inclusionEffortCost", "0.00010000"),
            field("executionEffortCost", "4000.00000000"),
        ]
        let json =
            #"{"value":{"id":"A.912d5440f7e3769e.FlowFees.FeeParameters","fields":[\#(fields.joined(separator: ","))]},"type":"Struct"}"#
        let transport = FakeTransport(json: "\"\(Base64.encode(Array(json.utf8)))\"")
        let schedule = try await FlowClient.fake(transport).feeSchedule(on: .testnet)
        var expected = FeeSchedule.flip351
        expected.surgeFactor = try UFix64(text: "1.5")
        #expect(schedule == expected)
        #expect(try schedule.highestFee(gasLimit: 9999).description == "0.60009000")
        let body = String(decoding: try #require(transport.requests.first?.request.body), as: UTF8.self)
        #expect(body.contains(Base64.encode(Array("import FlowFees from 0x912d5440f7e3769e".utf8.prefix(30)))))
    }

    @Test func `the fee that was paid is read from its event`() throws {
        func event(_ type: String, _ amount: String) -> FlowEvent {
            let json =
                #"{"value":{"id":"\#(type)","fields":[{"value":{"value":"\#(amount)","type":"UFix64"},"name":"amount"},{"value":{"value":"1.00000000","type":"UFix64"},"name":"inclusionEffort"},{"value":{"value":"0.00000123","type":"UFix64"},"name":"executionEffort"}]},"type":"Event"}"#
                + "\n"
            return FlowEvent(
                type: type, transactionID: .zero, transactionIndex: 0, eventIndex: 0, payload: Array(json.utf8))
        }
        let result = TransactionResult(
            status: .sealed,
            events: [
                event("A.0ae53cb6e3f42a79.FlowToken.X", "9.0"),
                event("A.e5a8b7f23e8b548f.FlowFees.FeesDeducted", "0.00502000"),
            ])
        #expect(result.fee?.description == "0.00502000")
        // Contracts of other accounts may call themselves the same.
        let forged = TransactionResult(
            status: .sealed,
            events: result.events + [
                event("A.01cf0e2f2f715450.FlowFees.FeesDeducted", "77.00000000"),
                event("S.test.FlowFees.FeesDeducted", "78.00000000"),
            ])
        #expect(forged.fee == result.fee)
        for type in ["A.f919ee77447b7497", "A.912d5440f7e3769e", "A.0000000000000004"] {
            let other = TransactionResult(status: .sealed, events: [event("\(type).FlowFees.FeesDeducted", "0.1")])
            #expect(other.fee?.description == "0.10000000")
        }
        #expect(result.feeEvent?.executionEffort.scaled == 123)
        #expect(TransactionResult(status: .sealed).fee == nil)
    }
}
