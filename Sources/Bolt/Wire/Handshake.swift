package import NIOCore

/// The client's side of the handshake, without I/O: version proposals, and the manifest if the server offers one.
package struct Handshake {
    /// What follows from the bytes received so far.
    package enum Step: Equatable {
        /// More bytes are needed.
        case wait
        /// The version is agreed; `reply` goes out in front of the first message.
        case done(BoltVersion, reply: ByteBuffer)
    }

    private static let magic: UInt32 = 0x6060_B017
    private static let manifest: UInt32 = 0x0000_01FF
    /// More offers than this make no sense.
    private static let offerLimit = 1024

    private var received = ByteBuffer()

    /// Begins a handshake.
    package init() {}

    /// What the client sends first: the magic number and four proposals.
    ///
    /// The manifest comes first, then 5.8 down to 5.0, then 4.4, for servers that skip what they do not know.
    static func proposals(only version: BoltVersion? = nil) -> ByteBuffer {
        var buffer = ByteBuffer()
        if let version {
            buffer.writeMultipleIntegers(magic, UInt16(0), version.minor, version.major)
            buffer.writeRepeatingByte(0, count: 12)
            return buffer
        }
        buffer.writeMultipleIntegers(magic, manifest, UInt32(0x0008_0805), UInt32(0x0000_0404), UInt32(0))
        return buffer
    }

    /// Takes bytes; the ones behind the handshake stay in `input`.
    ///
    /// Throws ``BoltError/Code/unsupportedVersion`` or ``BoltError/Code/protocolViolation``.
    package mutating func receive(_ input: inout ByteBuffer) throws(BoltError) -> Step {
        while received.readableBytes < 4, let byte = input.readInteger(as: UInt8.self) { received.writeInteger(byte) }
        guard let answer = received.getInteger(at: received.readerIndex, as: UInt32.self) else { return .wait }
        switch answer {
        case 0: throw Self.noCommonVersion("")
        case 0x4854_5450:
            throw BoltError(
                .protocolViolation, "the server speaks HTTP on this port; Bolt usually has port 7687",
                isRetryable: false)
        case Self.manifest: return try receiveManifest(&input)
        case let other where other & 0xFF == 0xFF:
            throw BoltError(.unsupportedVersion, "the server chose an unknown form of handshake")
        default:
            let version = BoltVersion(UInt8(answer & 0xFF), UInt8(answer >> 8 & 0xFF))
            guard answer >> 16 == 0, BoltVersion.supported.contains(version) else {
                throw BoltError(.unsupportedVersion, "the server chose Bolt \(version), which was not proposed")
            }
            return .done(version, reply: ByteBuffer())
        }
    }

    private mutating func receiveManifest(_ input: inout ByteBuffer) throws(BoltError) -> Step {
        // Byte by byte, because the bytes behind the manifest are not the handshake's.
        while true {
            var manifest = received
            manifest.moveReaderIndex(forwardBy: 4)
            if let offers = try Self.readManifest(&manifest) { return try choose(from: offers) }
            guard let byte = input.readInteger(as: UInt8.self) else { return .wait }
            received.writeInteger(byte)
        }
    }

    /// The offers, when manifest and capabilities are complete.
    private static func readManifest(_ bytes: inout ByteBuffer) throws(BoltError) -> [UInt32]? {
        guard let count = try readVarint(&bytes) else { return nil }
        guard count <= offerLimit else {
            throw BoltError(.protocolViolation, "the server offers \(count) versions", isRetryable: false)
        }
        var offers: [UInt32] = []
        for _ in 0..<count {
            guard let offer = bytes.readInteger(as: UInt32.self) else { return nil }
            offers.append(offer)
        }
        // The capabilities are a bit set of vendors; none is known yet.
        guard try readVarint(&bytes) != nil else { return nil }
        return offers
    }

    /// A number in groups of seven bits, the least significant first.
    static func readVarint(_ bytes: inout ByteBuffer) throws(BoltError) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            guard let byte = bytes.readInteger(as: UInt8.self) else { return nil }
            let bits = UInt64(byte & 0x7F)
            guard shift < 63 || bits <= 1 else { break }
            value |= bits << UInt64(shift)
            if byte & 0x80 == 0 { return value }
        }
        throw BoltError(.protocolViolation, "the handshake has a number of over 64 bits")
    }

    private func choose(from offers: [UInt32]) throws(BoltError) -> Step {
        func isOffered(_ version: BoltVersion) -> Bool {
            offers.contains { offer in
                let (major, minor, range) = (UInt8(offer & 0xFF), Int(offer >> 8 & 0xFF), Int(offer >> 16 & 0xFF))
                return version.major == major && (minor - range...minor).contains(Int(version.minor))
            }
        }
        guard let version = BoltVersion.supported.first(where: isOffered) else {
            let names = offers.map { "\(BoltVersion(UInt8($0 & 0xFF), UInt8($0 >> 8 & 0xFF)))" }
            throw Self.noCommonVersion(" (it offers \(names.joined(separator: ", ")))")
        }
        var reply = ByteBuffer()
        reply.writeMultipleIntegers(UInt16(0), version.minor, version.major, UInt8(0))
        return .done(version, reply: reply)
    }

    private static func noCommonVersion(_ offers: String) -> BoltError {
        BoltError(.unsupportedVersion, "the server supports none of Bolt 4.4, 5.0-5.4, 5.6-5.8, 6.0 and 6.1\(offers)")
    }
}
