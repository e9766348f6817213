/// What happens when a transaction runs: the node has no Cadence interpreter, so the test says it.
public struct MockExecution: Sendable {
    /// How the body ends.
    public enum Outcome: Sendable, Hashable {
        /// It runs through.
        case success
        /// Cadence or the virtual machine fails with a code (flow-go `fvm/errors/codes.go`) and a text.
        case failure(code: Int, message: String)
        /// It reaches the transaction's gas limit.
        case outOfGas
    }

    /// How the body ends.
    public var outcome: Outcome
    /// The events that it emits; lost when it fails.
    public var events: [MockEvent]
    /// What it changes; undone when it fails.
    public var effects: [MockEffect]
    /// The computation it uses; above the transaction's gas limit, it runs out of gas.
    public var computation: UInt64

    /// Creates an execution.
    public init(
        _ outcome: Outcome = .success, events: [MockEvent] = [], effects: [MockEffect] = [], computation: UInt64 = 100
    ) {
        self.outcome = outcome
        self.events = events
        self.effects = effects
        self.computation = computation
    }

    /// Runs through, emitting events.
    public static func success(
        events: [MockEvent] = [], effects: [MockEffect] = [], computation: UInt64 = 100
    ) -> MockExecution {
        MockExecution(.success, events: events, effects: effects, computation: computation)
    }

    /// A panic or another failure of Cadence code: error 1101 unless told otherwise.
    public static func failure(code: Int = 1101, _ message: String) -> MockExecution {
        MockExecution(.failure(code: code, message: message))
    }

    /// Reaches the gas limit.
    public static let outOfGas = MockExecution(.outOfGas)
}

/// An event to be emitted.
public struct MockEvent: Sendable, Hashable {
    /// The event's type, such as `A.f8d6e0586b0a20c7.Billing.Settled`.
    public var type: String
    /// The event in JSON-Cadence.
    public var payload: String

    /// Creates an event from its JSON-Cadence text.
    public init(type: String, payload: String) {
        self.type = type
        self.payload = payload
    }

    /// Creates an event from its fields, each a name and a value in JSON-Cadence.
    public init(type: String, fields: [(name: String, value: String)]) {
        self.type = type
        // The order of members is that of Go's encoder: `value` before `type`.
        let list = fields.map { #"{"value":\#($0.value),"name":"\#($0.name)"}"# }.joined(separator: ",")
        payload = #"{"value":{"id":"\#(type)","fields":[\#(list)]},"type":"Event"}"# + "\n"
    }
}

/// A change of the chain's state.
public enum MockEffect: Sendable, Hashable {
    /// Creates the network's next account; emits `flow.AccountCreated` and `flow.AccountKeyAdded`.
    ///
    /// It owns the smallest balance that an account must keep, and `funds` in units of 1e-8 FLOW, which nobody loses.
    case createAccount(keys: [MockAccountKey], funds: UInt64 = 0)
    /// Adds a key to an account; emits `flow.AccountKeyAdded`.
    case addKey(MockAddress, MockAccountKey)
    /// Revokes an account's key; emits `flow.AccountKeyRemoved`.
    case revokeKey(MockAddress, index: Int)
    /// Deploys a contract, or replaces it; emits `flow.AccountContractAdded` or `flow.AccountContractUpdated`.
    case deploy(MockAddress, name: String, code: String)
    /// Moves FLOW, in units of 1e-8; the transaction fails when there is not enough.
    case transfer(from: MockAddress, to: MockAddress, amount: UInt64)
}

/// A script to be run.
public struct MockScript: Sendable, Hashable {
    /// The Cadence code.
    public var code: String
    /// The arguments in JSON-Cadence.
    public var arguments: [String]
    /// The height of the state that it reads.
    public var height: UInt64
}

/// What a script returns.
public enum MockScriptResult: Sendable, Hashable {
    /// A value in JSON-Cadence.
    case value(String)
    /// A failure with a code and a text.
    case failure(code: Int, message: String)
}
