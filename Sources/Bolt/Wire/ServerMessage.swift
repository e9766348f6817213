package import NIOCore

/// A message of the server, with its bytes checked.
package enum ServerMessage: Equatable {
    case success(BoltMap)
    /// The values of a record: the encoded list.
    case record(ByteBuffer)
    case ignored
    case failure(BoltServerFailure)

    /// Reads a message.
    ///
    /// Throws ``BoltError/Code/protocolViolation`` when it is none of the server's.
    package init(_ message: ByteBuffer, dialect: BoltDialect) throws(BoltError) {
        var message = message
        guard let marker = message.readInteger(as: UInt8.self), marker & 0xF0 == 0xB0,
            let tag = message.readInteger(as: UInt8.self)
        else { throw Self.violation("sent something that is no message") }
        do throws(BoltError) {
            try message.withPackStream { (bytes) throws(BoltError) in
                var end = 0
                for _ in 0..<(marker & 0x0F) {
                    end = try PackStream.validate(bytes, at: end, version: dialect.packStreamVersion)
                }
                guard end == bytes.count else { throw Self.violation("left bytes behind a message") }
            }
        } catch {
            throw BoltError(.protocolViolation, "the server sent a message that cannot be read: \(error.message)")
        }
        let hasField = marker & 0x0F > 0
        switch tag {
        case 0x71:
            guard hasField, BoltValue(validated: message).kind == .list else {
                throw Self.violation("sent an odd record")
            }
            self = .record(message)
        case 0x70:
            // A server that sends no map has nothing to say.
            self = .success(hasField ? BoltValue(validated: message).map ?? .empty : .empty)
        case 0x7E: self = .ignored
        case 0x7F:
            let metadata = hasField ? BoltValue(validated: message).map ?? .empty : .empty
            self = .failure(BoltServerFailure(metadata: metadata, version: dialect.version))
        default: throw Self.violation("sent a message with the unknown tag \(tag)")
        }
    }

    private static func violation(_ what: String) -> BoltError {
        BoltError(.protocolViolation, "the server \(what)")
    }
}
