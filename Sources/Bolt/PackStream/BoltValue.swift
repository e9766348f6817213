public import NIOCore

/// A value of the database: a view of its encoded bytes, decoded when it is asked for.
///
/// Values that came from a server were checked to the last byte on arrival, so looking at one cannot fail; asking for the
/// wrong type can. Values can be written as literals: `["name": "Ada", "born": 1815, "tags": ["math", nil]]`.
///
/// ```swift
/// switch value.content {
/// case .integer(let number): print(number)
/// case .list(let items): for item in items { print(item) }
/// default: break
/// }
/// let name = try value.decode(String.self)
/// ```
public struct BoltValue: Sendable {
    /// Exactly the bytes of one valid value.
    let storage: ByteBuffer

    /// Wraps bytes that were validated.
    init(validated storage: ByteBuffer) { self.storage = storage }

    /// Encodes a value.
    ///
    /// Throws ``BoltError/Code/unsupportedValue`` when the value is too large.
    public init(_ value: some BoltEncodable) throws(BoltError) {
        var writer = PackStreamWriter(dialect: .newest)
        try value.encode(to: &writer)
        self.storage = writer.buffer
    }

    /// Checks encoded bytes, as version 2 of PackStream, and takes them as a value.
    ///
    /// Throws ``BoltError/Code/malformedValue`` when they are not exactly one value.
    public init(packStream bytes: ByteBuffer) throws(BoltError) {
        try self.init(packStream: bytes, version: 2)
    }

    init(packStream bytes: ByteBuffer, version: Int) throws(BoltError) {
        let end = try bytes.withPackStream { (raw) throws(BoltError) in
            try PackStream.validate(raw, at: 0, version: version)
        }
        guard end == bytes.readableBytes else {
            throw BoltError(.malformedValue, "\(bytes.readableBytes - end) bytes are left behind the value")
        }
        self.storage = bytes
    }

    /// The null value.
    public static let null = BoltValue(validated: ByteBuffer(integer: UInt8(0xC0)))

    /// The value's bytes.
    public var packStream: ByteBuffer { storage }

    /// Whether the value is null.
    public var isNull: Bool { storage.getInteger(at: storage.readerIndex, as: UInt8.self) == 0xC0 }

    /// Decodes the value as a type.
    ///
    /// Throws ``BoltError/Code/decoding`` when it is another type.
    public func decode<T: BoltDecodable>(_ type: T.Type = T.self) throws(BoltError) -> T { try T(bolt: self) }
}

extension ByteBuffer {
    /// Lends the readable bytes, with the closure's error type, which NIO's own function erases.
    @inline(__always)
    func withPackStream<T>(_ body: (UnsafeRawBufferPointer) throws(BoltError) -> T) throws(BoltError) -> T {
        let result: Result<T, BoltError> = withUnsafeReadableBytes { bytes in
            do throws(BoltError) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// The part of the readable bytes from `start` to `end`, counted from the first readable byte.
    @inline(__always)
    func packStreamSlice(from start: Int, to end: Int) -> ByteBuffer {
        // The bounds come from a walk over these bytes, so the empty buffer is never taken.
        getSlice(at: readerIndex + start, length: end - start) ?? ByteBuffer()
    }
}
