internal import CZlib

/// Compresses a body piece by piece (RFC 1952), so that every piece can be read as soon as it arrives.
final class GzipCompressor {
    // zlib keeps a pointer to the stream, so it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init() throws(ClaudeSimulatorError) {
        stream.initialize(to: z_stream())
        // 15 window bits + 16 selects the gzip wrapper (zlib manual, deflateInit2).
        let status = deflateInit2_(
            stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw ClaudeSimulatorError(.compression, "zlib cannot start (status \(status))") }
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// The compressed form of `bytes`, complete up to the last one.
    func compress(_ bytes: some Collection<UInt8>) throws(ClaudeSimulatorError) -> [UInt8] {
        try run(Array(bytes), flush: Z_SYNC_FLUSH)
    }

    /// The end of the compressed body.
    func finish() throws(ClaudeSimulatorError) -> [UInt8] { try run([], flush: Z_FINISH) }

    private func run(_ input: [UInt8], flush: Int32) throws(ClaudeSimulatorError) -> [UInt8] {
        var input = input
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        let status = input.withUnsafeMutableBufferPointer { source in
            stream.pointee.next_in = source.baseAddress
            stream.pointee.avail_in = UInt32(source.count)
            var status = Z_OK
            repeat {
                chunk.withUnsafeMutableBufferPointer { target in
                    stream.pointee.next_out = target.baseAddress
                    stream.pointee.avail_out = UInt32(target.count)
                    status = deflate(stream, flush)
                }
                output += chunk.prefix(chunk.count - Int(stream.pointee.avail_out))
            } while stream.pointee.avail_out == 0
            return status
        }
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
            throw ClaudeSimulatorError(.compression, "zlib cannot compress (status \(status))")
        }
        return output
    }
}
