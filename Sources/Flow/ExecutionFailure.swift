/// A failure inside Flow's virtual machine, as its error text tells it.
public struct ExecutionFailure: Sendable, Hashable {
    /// An error code of Flow's virtual machine (flow-go `fvm/errors/codes.go`).
    public struct Code: RawRepresentable, Sendable, Hashable {
        /// The number in `[Error Code: N]`.
        public var rawValue: Int
        /// Creates a code from its number.
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// The signature that proves the proposal key is not valid.
        public static let invalidProposalSignature = Code(rawValue: 1006)
        /// The sequence number is not the proposal key's next one.
        public static let invalidSequenceNumber = Code(rawValue: 1007)
        /// A payload signature is not valid.
        public static let invalidPayloadSignature = Code(rawValue: 1008)
        /// An envelope signature is not valid.
        public static let invalidEnvelopeSignature = Code(rawValue: 1009)
        /// The valid keys that signed for an account weigh less than 1000 together.
        public static let insufficientWeight = Code(rawValue: 1055)
        /// Cadence code failed: a panic, a failed condition, a type or parsing error.
        public static let cadenceRuntime = Code(rawValue: 1101)
        /// An account would store more than its balance allows.
        public static let storageCapacityExceeded = Code(rawValue: 1103)
        /// The transaction emits too many bytes of events.
        public static let eventLimitExceeded = Code(rawValue: 1105)
        /// The transaction touches too much state.
        public static let interactionLimitExceeded = Code(rawValue: 1106)
        /// The fees could not be deducted.
        public static let feeDeductionFailed = Code(rawValue: 1109)
        /// The computation limit was reached: raise the gas limit, or do less.
        public static let computationLimitExceeded = Code(rawValue: 1110)
        /// The script ran too long.
        public static let scriptTimedOut = Code(rawValue: 1113)
        /// The payer cannot pay the highest possible fee.
        public static let insufficientPayerBalance = Code(rawValue: 1118)
        /// The account does not exist.
        public static let accountNotFound = Code(rawValue: 1201)
        /// The account has no such key.
        public static let keyNotFound = Code(rawValue: 1202)
    }

    /// The code; `nil` when the text names none.
    public var code: Code?
    /// The whole error text of the node.
    public var message: String

    /// Reads the text of a failed transaction or script: its first `[Error Code: N]` is the code.
    public init(message: String) {
        self.message = message
        let marker = Array("[Error Code: ".utf8)
        let bytes = Array(message.utf8)
        var start = 0
        while start + marker.count < bytes.count {
            if bytes[start] == marker[0], bytes[start...].starts(with: marker) {
                let digits = bytes[(start + marker.count)...].prefix { $0 &- UInt8(ascii: "0") < 10 }
                code = Int(String(decoding: digits, as: UTF8.self)).map(Code.init(rawValue:))
                return
            }
            start += 1
        }
    }

    /// Whether it is certain that the transaction failed before its body: its proposal key's sequence number is not used,
    /// and no fee is paid.
    ///
    /// These are the checks of signatures, of weights and of the sequence number itself (flow-go
    /// `fvm/transactionVerifier.go`). Of any other failure ask the chain.
    public var keepsSequenceNumber: Bool {
        switch code {
        case .invalidProposalSignature?, .invalidSequenceNumber?, .invalidPayloadSignature?,
            .invalidEnvelopeSignature?, .insufficientWeight?:
            true
        default: false
        }
    }

    /// What the proposal key's sequence number was, when that is what the failure is about.
    ///
    /// Read from the text `… has sequence number 284, but given 283`.
    public var actualSequenceNumber: UInt64? {
        guard code == .invalidSequenceNumber else { return nil }
        let words = message.split { $0 == " " || $0 == "," || $0 == "\n" }
        for (index, word) in words.enumerated() where word == "number" && index + 1 < words.count && index > 1 {
            if words[index - 1] == "sequence", words[index - 2] == "has", let value = UInt64(words[index + 1]) {
                return value
            }
        }
        return nil
    }
}
