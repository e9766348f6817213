/// A number of Cadence with a fixed count of decimals, held exactly as an integer.
///
/// Nothing here is a floating-point number. Results that do not fit are errors, as they abort a transaction in Cadence,
/// and what is finer than the last decimal is cut off, as Cadence does.
public protocol CadenceFixedPoint: Sendable, Hashable, Comparable, CustomStringConvertible, Codable,
    LosslessStringConvertible
{
    /// The integer that holds the number.
    associatedtype Scaled: FixedWidthInteger & Sendable & Codable
    /// How many decimals the type has: 8 or 24.
    static var fractionDigits: Int { get }
    /// The Cadence type's name.
    static var typeName: String { get }
    /// The number times ten to the power of ``fractionDigits``.
    var scaled: Scaled { get }
    /// Creates the number from its integer.
    init(scaled: Scaled)
}

extension CadenceFixedPoint {
    /// One, scaled.
    static var one: Scaled {
        var one: Scaled = 1
        for _ in 0..<fractionDigits { one *= 10 }
        return one
    }

    /// Zero.
    public static var zero: Self { Self(scaled: 0) }

    /// Reads a decimal as Cadence's JSON does: digits, one point, at least one and at most ``fractionDigits`` digits.
    ///
    /// - Throws: ``FlowError/Code/malformedValue`` that names what is wrong.
    public init(text: some StringProtocol) throws(FlowError) {
        func failure(_ reason: String) -> FlowError {
            FlowError(.malformedValue, "'\(String(text).prefix(60))' is no \(Self.typeName): \(reason)")
        }
        let bytes = Array(text.utf8)
        guard let point = bytes.firstIndex(of: UInt8(ascii: ".")), bytes.lastIndex(of: UInt8(ascii: ".")) == point
        else { throw failure("there must be one decimal point") }
        var integer = bytes[..<point]
        let fraction = bytes[(point + 1)...]
        let sign = integer.first.flatMap { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") ? $0 : nil }
        if sign != nil { integer = integer.dropFirst() }
        guard !integer.isEmpty, integer.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else {
            throw failure("invalid integer part")
        }
        guard !fraction.isEmpty, fraction.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else {
            throw failure("invalid fractional part")
        }
        guard fraction.count <= Self.fractionDigits else {
            throw failure("at most \(Self.fractionDigits) decimals, even if they are zeros")
        }
        let isNegative = sign == UInt8(ascii: "-")
        if isNegative, !Scaled.isSigned { throw failure("invalid negative integer part") }
        var value: Scaled = 0
        for position in 0..<(integer.count + Self.fractionDigits) {
            let index = position < integer.count ? integer.startIndex + position : point + 1 + position - integer.count
            // What is missing of the fraction is zeros.
            let digit = index < bytes.count ? Scaled(bytes[index] - UInt8(ascii: "0")) : 0
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) =
                isNegative ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
            guard !overflow, !carry else { throw failure("out of range") }
            value = sum
        }
        self.init(scaled: value)
    }

    /// Creates a whole number.
    ///
    /// - Throws: ``FlowError/Code/overflow`` if it does not fit.
    public init(whole number: some BinaryInteger) throws(FlowError) {
        let product = Scaled(exactly: number).map { $0.multipliedReportingOverflow(by: Self.one) }
        guard let product, !product.overflow else {
            throw FlowError(.overflow, "\(number) does not fit \(Self.typeName)")
        }
        self.init(scaled: product.partialValue)
    }

    /// Reads a decimal; `nil` if it is none.
    public init?(_ description: String) {
        do throws(FlowError) { self = try Self(text: description) } catch { return nil }
    }

    /// The decimal with all of its digits: `12.30000000`.
    public var description: String {
        let digits = String(scaled.magnitude)
        let padded = String(repeating: "0", count: max(0, Self.fractionDigits + 1 - digits.utf8.count)) + digits
        return (scaled < 0 ? "-" : "") + padded.dropLast(Self.fractionDigits) + "." + padded.suffix(Self.fractionDigits)
    }

    /// The order of the numbers.
    public static func < (one: Self, other: Self) -> Bool { one.scaled < other.scaled }

    /// The sum.
    public func adding(_ other: Self) throws(FlowError) -> Self {
        try Self.checked(scaled.addingReportingOverflow(other.scaled), "sum")
    }

    /// The difference.
    public func subtracting(_ other: Self) throws(FlowError) -> Self {
        try Self.checked(scaled.subtractingReportingOverflow(other.scaled), "difference")
    }

    /// The product, cut off behind the last decimal.
    public func multiplied(by other: Self) throws(FlowError) -> Self {
        let product = scaled.magnitude.multipliedFullWidth(by: other.scaled.magnitude)
        let one = Self.one.magnitude
        guard product.high < one else { throw FlowError(.overflow, "the product does not fit \(Self.typeName)") }
        return try Self.signed(one.dividingFullWidth(product).quotient, (scaled < 0) != (other.scaled < 0), "product")
    }

    /// The quotient, cut off behind the last decimal.
    public func divided(by other: Self) throws(FlowError) -> Self {
        let dividend = scaled.magnitude.multipliedFullWidth(by: Self.one.magnitude)
        let divisor = other.scaled.magnitude
        guard dividend.high < divisor else {
            throw FlowError(.overflow, divisor == 0 ? "division by zero" : "the quotient does not fit \(Self.typeName)")
        }
        return try Self.signed(
            divisor.dividingFullWidth(dividend).quotient, (scaled < 0) != (other.scaled < 0), "quotient")
    }

    private static func signed(
        _ magnitude: Scaled.Magnitude, _ isNegative: Bool, _ what: String
    ) throws(FlowError) -> Self {
        if isNegative, magnitude == Scaled.min.magnitude { return Self(scaled: .min) }
        guard let value = Scaled(exactly: magnitude) else {
            throw FlowError(.overflow, "the \(what) does not fit \(typeName)")
        }
        return Self(scaled: isNegative ? 0 - value : value)
    }

    private static func checked(
        _ result: (partialValue: Scaled, overflow: Bool), _ what: String
    ) throws(FlowError) -> Self {
        guard !result.overflow else { throw FlowError(.overflow, "the \(what) does not fit \(typeName)") }
        return Self(scaled: result.partialValue)
    }

    /// Reads the decimal text.
    public init(from decoder: any Decoder) throws {
        self = try Self(text: try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the decimal text, so that no reader takes the number for a floating-point one.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// An unsigned decimal with 8 decimals: amounts of FLOW and of most other tokens.
public struct UFix64: CadenceFixedPoint {
    /// 8 decimals.
    public static let fractionDigits = 8
    /// `UFix64`.
    public static let typeName = "UFix64"
    /// The number times ten to the power of ``fractionDigits``.
    public let scaled: UInt64
    /// Creates the number from its integer.
    public init(scaled: UInt64) { self.scaled = scaled }
}

/// A signed decimal with 8 decimals.
public struct Fix64: CadenceFixedPoint {
    /// 8 decimals.
    public static let fractionDigits = 8
    /// `Fix64`.
    public static let typeName = "Fix64"
    /// The number times ten to the power of ``fractionDigits``.
    public let scaled: Int64
    /// Creates the number from its integer.
    public init(scaled: Int64) { self.scaled = scaled }
}

/// An unsigned decimal with 24 decimals (FLIP 341).
public struct UFix128: CadenceFixedPoint {
    /// 24 decimals.
    public static let fractionDigits = 24
    /// `UFix128`.
    public static let typeName = "UFix128"
    /// The number times ten to the power of ``fractionDigits``.
    public let scaled: UInt128
    /// Creates the number from its integer.
    public init(scaled: UInt128) { self.scaled = scaled }
}

/// A signed decimal with 24 decimals (FLIP 341).
public struct Fix128: CadenceFixedPoint {
    /// 24 decimals.
    public static let fractionDigits = 24
    /// `Fix128`.
    public static let typeName = "Fix128"
    /// The number times ten to the power of ``fractionDigits``.
    public let scaled: Int128
    /// Creates the number from its integer.
    public init(scaled: Int128) { self.scaled = scaled }
}
