/// An error of the `Oracle` module.
public struct OracleError: Error, Sendable, CustomStringConvertible {
    /// What kind of error it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        enum Kind: String, Sendable {
            case invalidInput, invalidProof, overflow, brokenChain, conflict, notFound, storeUnavailable, ledgerFailed,
                unsafeClock, priceUnavailable
        }
        let kind: Kind

        /// A value or a document from outside breaks a rule; the message names the rule.
        public static let invalidInput = Code(kind: .invalidInput)
        /// A proof does not lead to the root it is checked against.
        public static let invalidProof = Code(kind: .invalidProof)
        /// A sum left the range of its type.
        public static let overflow = Code(kind: .overflow)
        /// A customer's receipts have a gap, a wrong link, or content that does not match its hash.
        public static let brokenChain = Code(kind: .brokenChain)
        /// Something immutable exists already and differs, such as another commitment of the same epoch.
        public static let conflict = Code(kind: .conflict)
        /// The thing asked for does not exist.
        public static let notFound = Code(kind: .notFound)
        /// A store cannot be used now.
        ///
        /// Nothing of the step was lost; it can be repeated.
        public static let storeUnavailable = Code(kind: .storeUnavailable)
        /// The ledger refused or could not be reached.
        ///
        /// The step can be repeated.
        public static let ledgerFailed = Code(kind: .ledgerFailed)
        /// The clock stands where no honest clock would; closing an epoch now could block settlement for years.
        public static let unsafeClock = Code(kind: .unsafeClock)
        /// There is no price that is fresh and within its bounds, so nothing can be converted now.
        public static let priceUnavailable = Code(kind: .priceUnavailable)

        /// The code's stable name.
        public var description: String { kind.rawValue }
    }

    /// What kind of error it is.
    public var code: Code
    /// What happened and what to do about it.
    ///
    /// Never holds a secret.
    public var message: String
    /// The error underneath, if any.
    public var cause: (any Error)?

    /// Creates an error.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The code and the message.
    public var description: String { "\(code): \(message)" }
}
