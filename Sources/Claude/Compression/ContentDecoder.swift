internal import CZlib
public import NIOCore

/// A streaming decoder of compressed bodies: gzip and deflate.
///
/// Output is handed on in pieces as soon as it can be known, and never gathered, so memory stays at zlib's window
/// whatever the body expands to. A limit on the whole output keeps a small body that expands for ever from taking the
/// processor.
///
/// `@unchecked Sendable` holds because the type cannot be copied: the `z_stream` behind ``stream`` is reached through
/// this one value only, and whoever may call its mutating methods has it exclusively.
public struct ContentDecoder: ~Copyable, @unchecked Sendable {
    /// The limit on the output of one body when none is given: 1 GiB.
    public static let defaultOutputLimit: Int64 = 1 << 30

    /// The encoding that is read.
    public let encoding: ContentEncoding

    private let outputLimit: Int64
    private var outputCount: Int64 = 0
    /// The state of zlib, which must not move in memory; `nil` for identity.
    private let stream: UnsafeMutablePointer<z_stream>?
    /// The first two bytes of a deflate body: they tell the zlib format from raw data.
    private var header: [UInt8] = []
    private var phase: Phase

    private enum Phase {
        /// Nothing of a deflate body has been inflated yet.
        case header
        /// Nothing of a gzip body has been seen yet.
        case start
        /// Inside compressed data.
        case inside
        /// Behind the end of a gzip member; another may follow.
        case betweenMembers
        /// The data has ended; what follows is padding.
        case ended
        /// An error was thrown; nothing more can be read.
        case failed
    }

    /// Creates a decoder for one body.
    /// - Parameters:
    ///   - encoding: How the body is encoded.
    ///   - outputLimit: The most bytes that the body may expand to.
    /// - Throws: ``ClaudeError/Code/compression`` when there is no memory for the decoder.
    public init(
        _ encoding: ContentEncoding, outputLimit: Int64 = ContentDecoder.defaultOutputLimit
    ) throws(ClaudeError) {
        self.encoding = encoding
        self.outputLimit = outputLimit
        guard encoding != .identity else {
            phase = .inside
            stream = nil
            return
        }
        phase = encoding == .deflate ? .header : .start
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15: the largest window. 16 more: the gzip format.
        let windowBits: Int32 = encoding == .gzip ? 15 + 16 : 15
        guard inflateInit2_(stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            throw ClaudeError(.compression, "no memory to decompress a body")
        }
        self.stream = stream
    }

    deinit {
        guard let stream else { return }
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Decodes the readable bytes of `input` and passes the output to `onOutput`, piece by piece.
    /// - Throws: See ``decode(_:_:)-(UnsafeRawBufferPointer,_)``.
    public mutating func decode(
        _ input: ByteBuffer, _ onOutput: (UnsafeRawBufferPointer) -> Void
    ) throws(ClaudeError) {
        var failure: ClaudeError?
        input.withUnsafeReadableBytes { bytes in
            do throws(ClaudeError) { try decode(bytes, onOutput) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Decodes `input` and passes the output to `onOutput`, piece by piece; a piece is valid during the call only.
    /// - Throws: ``ClaudeError/Code/compression`` when the data is damaged or expands over the limit. What came before
    ///   the damage has been passed on; every further call throws too.
    public mutating func decode(
        _ input: UnsafeRawBufferPointer, _ onOutput: (UnsafeRawBufferPointer) -> Void
    ) throws(ClaudeError) {
        guard phase != .failed else { throw ClaudeError(.compression, "the body was damaged before this point") }
        guard !input.isEmpty else { return }
        do throws(ClaudeError) {
            guard let stream else { return try pass(input, onOutput) }
            var rest = input
            if phase == .header { try readDeflateHeader(&rest, stream, onOutput) }
            try inflateAll(rest, stream, onOutput)
        } catch {
            phase = .failed
            throw error
        }
    }

    /// States that the body has ended.
    /// - Throws: ``ClaudeError/Code/compression`` when it ended inside compressed data.
    public mutating func finish() throws(ClaudeError) {
        switch phase {
        case .start, .betweenMembers, .ended: return
        case .header where header.isEmpty: return
        case .inside where encoding == .identity: return
        case .header, .inside: throw ClaudeError(.compression, "the compressed body ends early")
        case .failed: throw ClaudeError(.compression, "the body was damaged before its end")
        }
    }

    // MARK: Inflating

    /// Counts output and passes it on, up to the limit.
    private mutating func pass(
        _ output: UnsafeRawBufferPointer, _ onOutput: (UnsafeRawBufferPointer) -> Void
    ) throws(ClaudeError) {
        let allowed = min(Int64(output.count), outputLimit - outputCount)
        outputCount += allowed
        if allowed > 0 { onOutput(output.view(0..<Int(allowed))) }
        guard allowed == output.count else {
            throw ClaudeError(.compression, "the body expands to more than \(outputLimit) bytes")
        }
    }

    private mutating func readDeflateHeader(
        _ input: inout UnsafeRawBufferPointer, _ stream: UnsafeMutablePointer<z_stream>,
        _ onOutput: (UnsafeRawBufferPointer) -> Void
    ) throws(ClaudeError) {
        let taken = min(2 - header.count, input.count)
        header.append(contentsOf: input.prefix(taken))
        input = input.view(taken..<input.count)
        guard header.count == 2 else { return }
        // RFC 1950, section 2.2: compression method 8, and a check that makes the two bytes a multiple of 31.
        let isZlib = header[0] & 0x0F == 8 && (Int(header[0]) << 8 | Int(header[1])) % 31 == 0
        if !isZlib { inflateReset2(stream, -15) }
        phase = .inside
        let start = header
        var failure: ClaudeError?
        start.withUnsafeBytes { bytes in
            do throws(ClaudeError) { try inflateAll(bytes, stream, onOutput) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private mutating func inflateAll(
        _ input: UnsafeRawBufferPointer, _ stream: UnsafeMutablePointer<z_stream>,
        _ onOutput: (UnsafeRawBufferPointer) -> Void
    ) throws(ClaudeError) {
        guard phase != .header else { return }
        var failure: ClaudeError?
        withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 16) { output in
            var rest = input
            // zlib counts in 32 bits.
            while !rest.isEmpty, failure == nil {
                let piece = rest.view(0..<min(rest.count, 1 << 30))
                rest = rest.view(piece.count..<rest.count)
                do throws(ClaudeError) { try inflatePiece(piece, stream, output, onOutput) } catch { failure = error }
            }
        }
        if let failure { throw failure }
    }

    private mutating func inflatePiece(
        _ input: UnsafeRawBufferPointer, _ stream: UnsafeMutablePointer<z_stream>,
        _ output: UnsafeMutableRawBufferPointer, _ onOutput: (UnsafeRawBufferPointer) -> Void
    ) throws(ClaudeError) {
        // zlib reads through this pointer and never writes, though its type allows it.
        let bytes = input.bindMemory(to: UInt8.self)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
        stream.pointee.avail_in = UInt32(input.count)
        defer { stream.pointee.next_in = nil }
        while true {
            if phase == .betweenMembers, !beginMember(stream) { return }
            if phase == .ended { return }
            if phase == .start, stream.pointee.avail_in > 0 { phase = .inside }
            stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
            stream.pointee.avail_out = UInt32(output.count)
            let status = inflate(stream, Z_NO_FLUSH)
            let produced = output.count - Int(stream.pointee.avail_out)
            if produced > 0 { try pass(UnsafeRawBufferPointer(output).view(0..<produced), onOutput) }
            switch status {
            case Z_OK:
                if stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 { return }
            case Z_BUF_ERROR:
                return
            case Z_STREAM_END:
                phase = encoding == .gzip ? .betweenMembers : .ended
            default:
                throw ClaudeError(.compression, "the compressed body is damaged")
            }
        }
    }

    /// Looks behind the end of a gzip member; returns whether there is another to inflate.
    private mutating func beginMember(_ stream: UnsafeMutablePointer<z_stream>) -> Bool {
        guard stream.pointee.avail_in > 0, let next = stream.pointee.next_in else { return false }
        // Anything but the magic number of a member is padding, as gzip(1) takes it.
        guard next.pointee == 0x1F, inflateReset(stream) == Z_OK else {
            phase = .ended
            return false
        }
        phase = .inside
        return true
    }
}
