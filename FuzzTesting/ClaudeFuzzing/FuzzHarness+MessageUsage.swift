internal import Claude
internal import NIOCore

extension FuzzHarness {
    /// Reads `bytes` as a message, as the usage of one, as stream events, and as batch results, whole and cut.
    public static func messageUsage(_ bytes: [UInt8]) -> String? {
        if let finding = body(bytes) { return finding }
        if let finding = body(Array(#"{"type":"message","usage":"#.utf8) + bytes + Array("}".utf8)) { return finding }
        if let finding = batch(bytes) { return finding }
        // Inside an event, a line end would end the data.
        let line = bytes.filter { $0 != 0x0A && $0 != 0x0D }
        var stream = Array("event: message_start\ndata: {\"message\":".utf8) + line + Array("}\n\n".utf8)
        stream += Array("event: message_delta\ndata: {\"usage\":".utf8) + line + Array("}\n\n".utf8)
        stream += Array("event: content_block_delta\ndata: ".utf8) + line + Array("\n\n".utf8)
        stream += Array("event: message_stop\ndata: {}\n\n".utf8)
        return serverSentEvents(stream)
    }

    private static func body(_ bytes: [UInt8]) -> String? {
        let cut = pieces(of: bytes, seed: seed(of: bytes))
        let whole = record([ByteBuffer(bytes: bytes)])
        guard whole == record(cut) else { return "the record depends on how the body is cut" }
        if let whole, let finding = usageFinding(whole) { return finding }
        return disagreement(bytes, whole)
    }

    private static func record(_ pieces: [ByteBuffer]) -> MessageRecord? {
        var reader = MessageBodyReader()
        for piece in pieces { reader.consume(piece) }
        return reader.record
    }

    /// Whether the reader of bodies, which scans, and that of batch results, which parses, read the same message alike.
    private static func disagreement(_ bytes: [UInt8], _ record: MessageRecord?) -> String? {
        // Only one of the two decodes escapes in keys, and half a surrogate pair has no agreed size.
        guard !bytes.contains(UInt8(ascii: "\\")), !bytes.contains(0x0A) else { return nil }
        let line = Array(#"{"custom_id":"a","result":{"type":"succeeded","message":"#.utf8) + bytes + Array("}}".utf8)
        guard case .result(let result)? = lines([ByteBuffer(bytes: line)]).first,
            case .succeeded(let parsed) = result.outcome
        else { return nil }
        // A nested text may be an end of the wrapping as well; then there is no whole body to compare with.
        guard record?.ending == .complete else { return nil }
        return parsed == record ? nil : "the two readers of a message disagree"
    }

    private static func batch(_ bytes: [UInt8]) -> String? {
        let cut = pieces(of: bytes, seed: seed(of: bytes))
        for limit in [BatchResultReader.defaultLineLimit, 32] {
            guard lines([ByteBuffer(bytes: bytes)], limit: limit) == lines(cut, limit: limit) else {
                return "the results depend on how the file is cut (limit \(limit))"
            }
        }
        return nil
    }

    private static func lines(
        _ pieces: [ByteBuffer], limit: Int = BatchResultReader.defaultLineLimit
    ) -> [BatchResultReader.Line] {
        var reader = BatchResultReader(lineLimit: limit)
        return pieces.flatMap { reader.consume($0) } + reader.finish()
    }
}
