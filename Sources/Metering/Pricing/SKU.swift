/// A stock-keeping unit: one dimension of usage that has a price, such as `claude-opus-5-5/input+fast+us`.
///
/// Grammar (design §2):
///
///     sku       = model "/" dimension *modifier | "web_search"
///     model     = 1*128( ALPHA | DIGIT | "." | "_" | ":" | "@" | "-" | "~" | "%" HEX HEX )
///     dimension = "input" | "output" | "cache_write_5m" | "cache_write_1h" | "cache_read" | "unreadable_usage"
///     modifier  = ["+fast"] ["+us"] ["+batch"] ["+long"]        in this order, each at most once
///
/// `HEX` is upper case. `unreadable_usage` takes no modifier and never has a price. See ``ModelName`` for how a name
/// from the wire becomes a `model`.
public struct SKU: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The text of the SKU.
    public let rawValue: String
    /// Wraps a SKU without checking it; ``init(validating:)`` checks text from outside.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The text of the SKU.
    public var description: String { rawValue }
    /// Bytewise order of the UTF-8 text: the canonical order of a price book.
    public static func < (lhs: SKU, rhs: SKU) -> Bool { lhs.rawValue.precedesBytewise(rhs.rawValue) }

    /// Server-side web search, per request, whatever the model.
    public static let webSearch = SKU(rawValue: "web_search")

    /// What of a model is used.
    public enum Dimension: String, Sendable, Hashable, CaseIterable {
        /// Uncached prompt tokens.
        case input
        /// Generated tokens, thinking included.
        case output
        /// Tokens written to the prompt cache for five minutes.
        case cacheWrite5m = "cache_write_5m"
        /// Tokens written to the prompt cache for one hour.
        case cacheWrite1h = "cache_write_1h"
        /// Tokens read from the prompt cache.
        case cacheRead = "cache_read"
        /// A response whose usage could not be understood.
        ///
        /// It has no price in any book: the event stays unpriced.
        case unreadableUsage = "unreadable_usage"

        /// The dimension's place among all.
        fileprivate var index: Int {
            switch self {
            case .input: 0
            case .output: 1
            case .cacheWrite5m: 2
            case .cacheWrite1h: 3
            case .cacheRead: 4
            case .unreadableUsage: 5
            }
        }

        /// The dimensions that have a price: all but ``unreadableUsage``.
        public static let priced: [Dimension] = [.input, .output, .cacheWrite5m, .cacheWrite1h, .cacheRead]
    }

    /// Circumstances that change the price of a dimension.
    public struct Modifiers: OptionSet, Sendable, Hashable, CustomStringConvertible {
        /// The set as bits.
        public let rawValue: UInt8
        /// Creates a set from bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Served at fast speed.
        public static let fast = Modifiers(rawValue: 1)
        /// Inference was kept in the US.
        public static let us = Modifiers(rawValue: 2)
        /// Served from a message batch.
        public static let batch = Modifiers(rawValue: 4)
        /// The request's prompt was over the model's long-prompt threshold.
        public static let long = Modifiers(rawValue: 8)

        /// The suffix of a SKU: each modifier with its `+`, in canonical order.
        public var description: String { Self.suffixes[Int(rawValue & 15)] }

        static let suffixes: [String] = (0..<16).map { bits in
            zip([1, 2, 4, 8], ["+fast", "+us", "+batch", "+long"]).map { bits & $0 == 0 ? "" : $1 }.joined()
        }
    }

    /// Composes the SKU of one dimension of a model.
    public init(model: ModelName, _ dimension: Dimension, _ modifiers: Modifiers = []) {
        self.init(rawValue: model.rawValue + Self.endings[dimension.index][Int(modifiers.rawValue & 15)])
    }

    /// Checks that text from outside follows the grammar.
    ///
    /// - Throws: `invalidInput`.
    public init(validating text: some StringProtocol) throws(MeteringError) {
        let sku = SKU(rawValue: String(text))
        guard sku.isWellFormed else {
            throw MeteringError(
                .invalidInput,
                "not a SKU: \(quoted(text)); write MODEL/DIMENSION and modifiers, such as claude-opus-5-5/input+us, "
                    + "or web_search")
        }
        self = sku
    }

    /// What follows the model in a SKU, by dimension and modifiers: every call makes several SKUs.
    private static let endings = Dimension.allCases.map { dimension in
        Modifiers.suffixes.map { "/\(dimension.rawValue)\($0)" }
    }

    /// The dimensions and modifiers by what follows the model.
    private static let meanings: [Substring: (dimension: Dimension, modifiers: Modifiers)] = {
        var meanings: [Substring: (dimension: Dimension, modifiers: Modifiers)] = [:]
        for dimension in Dimension.allCases {
            for bits in 0..<(dimension == .unreadableUsage ? 1 : 16) as Range<UInt8> {
                meanings[endings[dimension.index][Int(bits)][...]] = (dimension, Modifiers(rawValue: bits))
            }
        }
        return meanings
    }()

    /// The model, dimension and modifiers.
    ///
    /// `nil` for ``webSearch`` and for text that breaks the grammar.
    public var parts: (model: ModelName, dimension: Dimension, modifiers: Modifiers)? {
        guard let slash = rawValue.utf8.firstIndex(of: UInt8(ascii: "/")),
            let meaning = Self.meanings[rawValue[slash...]],
            let model = ModelName(canonical: rawValue[..<slash])
        else { return nil }
        return (model, meaning.dimension, meaning.modifiers)
    }

    /// Whether the text follows the grammar.
    var isWellFormed: Bool {
        guard let slash = rawValue.utf8.firstIndex(of: UInt8(ascii: "/")) else { return self == .webSearch }
        return Self.meanings[rawValue[slash...]] != nil && ModelName.isCanonical(rawValue[..<slash])
    }
}

/// So many units of one SKU.
public struct SKULine: Sendable, Hashable {
    /// What was used.
    public var sku: SKU
    /// How many units: tokens or requests.
    ///
    /// Never negative.
    public var quantity: Int64
    /// Creates a line.
    public init(sku: SKU, quantity: Int64) {
        self.sku = sku
        self.quantity = quantity
    }
}
