internal import Bolt
internal import NIOCore

/// What the fuzzers of Bolt do with an input; each function returns a description of what is wrong, or `nil`.
public enum BoltFuzzHarness {
    /// Judges `bytes` as one value of PackStream.
    public static func packStream(_ bytes: [UInt8]) -> String? {
        let value: BoltValue
        do throws(BoltError) { value = try BoltValue(packStream: ByteBuffer(bytes: bytes)) } catch { return nil }
        guard !value.description.isEmpty else { return "a value has no description" }
        decodeAsEverything(value)
        do throws(BoltError) {
            let rebuilt = try BoltValue(Rebuilt(value: value))
            // The encoder knows one form of each value, the decoder all.
            guard rebuilt.packStream.readableBytes <= bytes.count else { return "the canonical form is longer" }
            guard isSame(rebuilt, value) else { return "encoding and decoding change a value" }
        } catch {
            return "what was decoded cannot be encoded: \(error)"
        }
        return nil
    }

    /// Judges `bytes` as all that a server sends: a handshake, then messages; whole and cut.
    public static func serverStream(_ bytes: [UInt8]) -> String? {
        let whole = trace([ByteBuffer(bytes: bytes)])
        let single = trace(bytes.map { ByteBuffer(bytes: [$0]) })
        guard whole == single else { return "the messages depend on how they are cut" }
        return nil
    }

    private static func trace(_ pieces: [ByteBuffer]) -> [String] {
        var handshake: Handshake? = Handshake()
        var reader = MessageReader(limit: 1 << 16)
        var dialect = BoltDialect(version: BoltVersion(5, 4))
        var events: [String] = []
        for var input in pieces {
            do throws(BoltError) {
                if handshake != nil {
                    guard case .done(let version, _)? = try handshake?.receive(&input) else { continue }
                    handshake = nil
                    dialect = BoltDialect(version: version)
                    events.append("\(version)")
                }
                while let message = try reader.next(from: &input) {
                    switch try ServerMessage(message, dialect: dialect) {
                    case .record(let list): events.append("record \(list.readableBytes)")
                    case .success(let metadata): events.append("success \(metadata)")
                    case .ignored: events.append("ignored")
                    case .failure(let failure): events.append("failure \(failure.code) \(failure.isRetryable)")
                    }
                }
            } catch {
                return events + ["\(error.code)"]
            }
        }
        return events
    }

    /// Decoding may fail, it may not trap.
    private static func decodeAsEverything(_ value: BoltValue) {
        let types: [any BoltDecodable.Type] = [
            Int.self, UInt8.self, Double.self, String.self, Bool.self, [BoltValue].self, [String: BoltValue].self,
            BoltNode.self, BoltRelationship.self, BoltPath.self, BoltDate.self, BoltTime.self, BoltLocalTime.self,
            BoltLocalDateTime.self, BoltDateTime.self, BoltDuration.self, BoltPoint.self, BoltVector.self,
            BoltUUID.self,
            BoltUnsupportedType.self,
        ]
        for type in types {
            do throws(BoltError) { _ = try type.init(bolt: value) } catch {
                // lint: dropped. Nearly every value is of another type.
            }
        }
        switch value.content {
        case .list(let list): for item in list { decodeAsEverything(item) }
        case .map(let map): for (_, item) in map { decodeAsEverything(item) }
        case .structure(let structure): for field in structure.fields { decodeAsEverything(field) }
        default: break
        }
    }

    /// A value that is taken apart and written anew.
    private struct Rebuilt: BoltEncodable {
        var value: BoltValue

        func encode(to writer: inout PackStreamWriter) throws(BoltError) {
            switch value.content {
            case .null: writer.writeNull()
            case .bool(let value): writer.write(value)
            case .integer(let value): writer.write(value)
            case .float(let value): writer.write(value)
            case .string(let value): try writer.write(value)
            case .bytes(let value): try writer.write(bytes: value)
            case .uuid(let value): try value.encode(to: &writer)
            case .list(let list):
                try writer.writeListHeader(count: list.count)
                for item in list { try Rebuilt(value: item).encode(to: &writer) }
            case .map(let map):
                try writer.writeMapHeader(count: map.count)
                for (key, item) in map { try writer.write(key: key, Rebuilt(value: item)) }
            // Its tag is written as it is only within a value.
            case .structure: writer.write(raw: value)
            }
        }
    }

    /// Equality, with every NaN equal to itself.
    private static func isSame(_ lhs: BoltValue, _ rhs: BoltValue) -> Bool {
        switch (lhs.content, rhs.content) {
        case (.float(let left), .float(let right)): left.bitPattern == right.bitPattern
        case (.list(let left), .list(let right)): left.count == right.count && zip(left, right).allSatisfy(isSame)
        case (.map(let left), .map(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.key == $1.key && isSame($0.value, $1.value) }
        case (.structure(let left), .structure(let right)):
            left.tag == right.tag && left.fields.count == right.fields.count
                && zip(left.fields, right.fields).allSatisfy(isSame)
        default: lhs == rhs
        }
    }
}
