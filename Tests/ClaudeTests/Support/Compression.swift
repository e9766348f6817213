import CZlib
import Testing

enum CompressionFormat { case gzip, zlib, rawDeflate }

/// `bytes` as one compressed body.
func compressed(_ bytes: [UInt8], _ format: CompressionFormat) throws -> [UInt8] {
    try compressedChunks([bytes], format)[0]
}

/// Compresses `pieces` as a streaming server does: flushed after each, so that each chunk can be read when it arrives.
func compressedChunks(_ pieces: [[UInt8]], _ format: CompressionFormat = .gzip) throws -> [[UInt8]] {
    var stream = z_stream()
    let windowBits: Int32 = format == .gzip ? 31 : format == .zlib ? 15 : -15
    let status = deflateInit2_(
        &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size))
    try #require(status == Z_OK)
    defer { deflateEnd(&stream) }
    var chunks: [[UInt8]] = []
    for (index, piece) in pieces.enumerated() {
        var input = piece
        var output = [UInt8](repeating: 0, count: piece.count + 1024)
        let flush = index == pieces.count - 1 ? Z_FINISH : Z_SYNC_FLUSH
        let produced = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                _ = deflate(&stream, flush)
                return output.count - Int(stream.avail_out)
            }
        }
        try #require(stream.avail_in == 0)
        chunks.append(Array(output[..<produced]))
    }
    return chunks
}
