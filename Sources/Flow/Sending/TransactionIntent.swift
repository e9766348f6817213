/// Something that shall happen on chain once, whatever becomes of the transactions that are made for it.
public struct TransactionIntent: Sendable, Hashable {
    /// The caller's name for it: the same key is the same intent, for ever.
    ///
    /// With other content, a key that was used before is refused (``FlowError/Code/intentConflict``).
    public var key: String
    /// The Cadence source, imports with addresses.
    public var script: String
    /// The arguments, each as JSON-Cadence text.
    public var arguments: [[UInt8]]
    /// The most computation it may use.
    public var gasLimit: UInt64

    /// Creates an intent whose arguments are encoded already.
    public init(
        key: String, script: String, encodedArguments: [[UInt8]],
        gasLimit: UInt64 = FlowTransaction.maximumGasLimit
    ) {
        self.key = key
        self.script = script
        arguments = encodedArguments
        self.gasLimit = gasLimit
    }

    /// Creates an intent.
    public init(
        key: String, script: String, arguments: [CadenceValue] = [],
        gasLimit: UInt64 = FlowTransaction.maximumGasLimit
    ) throws(FlowError) {
        var encoded: [[UInt8]] = []
        for argument in arguments { encoded.append(try argument.json()) }
        self.init(key: key, script: script, encodedArguments: encoded, gasLimit: gasLimit)
    }
}
