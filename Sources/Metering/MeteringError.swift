/// An error of the `Metering` modules.
public struct MeteringError: Error, Sendable, CustomStringConvertible {
    /// What kind of error it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        enum Kind: String, Sendable {
            case invalidInput, invalidPriceBook, notFound, alreadyExists, storeUnavailable, storeCorrupt, storeClosed,
                overflow,
                keyUnavailable, conflict, insufficientFunds, notAllowed
        }
        let kind: Kind

        /// A value from outside breaks a rule; the message names the value and the rule.
        public static let invalidInput = Code(kind: .invalidInput)
        /// A price book is malformed or contradicts itself.
        public static let invalidPriceBook = Code(kind: .invalidPriceBook)
        /// The thing asked for does not exist.
        public static let notFound = Code(kind: .notFound)
        /// The thing to be created exists already, and differs.
        public static let alreadyExists = Code(kind: .alreadyExists)
        /// The store cannot be reached, is locked, or its disk is full.
        ///
        /// Nothing of the call was kept.
        public static let storeUnavailable = Code(kind: .storeUnavailable)
        /// The store's content breaks an invariant.
        public static let storeCorrupt = Code(kind: .storeCorrupt)
        /// The store was closed.
        public static let storeClosed = Code(kind: .storeClosed)
        /// An amount left the range of its type.
        public static let overflow = Code(kind: .overflow)
        /// The operator's key file cannot be used; the message says how to repair it.
        public static let keyUnavailable = Code(kind: .keyUnavailable)
        /// The same reference or epoch came before with other content.
        public static let conflict = Code(kind: .conflict)
        /// The account does not hold that much.
        public static let insufficientFunds = Code(kind: .insufficientFunds)
        /// The state of the thing does not allow it; the message names the state.
        public static let notAllowed = Code(kind: .notAllowed)

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
