internal import NIOCore

/// Writes requests as framed messages into one buffer, to be sent together.
struct RequestWriter {
    private static let chunkLimit = 0xFFFF

    private var writer: PackStreamWriter
    /// What was written, in order.
    private(set) var requests: [Request] = []

    init(dialect: BoltDialect) { writer = PackStreamWriter(dialect: dialect) }

    var dialect: BoltDialect { writer.dialect }

    /// The framed messages.
    var bytes: ByteBuffer { writer.buffer }

    /// Writes `HELLO`.
    mutating func hello(_ fields: BoltHello, authentication: BoltAuthentication) throws(BoltError) {
        let version = dialect.version
        let usesUTC = dialect.usesUTC
        try message(.hello) { (writer) throws(BoltError) in
            var extra = ExtraMap()
            extra["user_agent"] = fields.userAgent
            if let routing = fields.routing { extra["routing"] = routing }
            if version <= .v44, !usesUTC { extra["patch_bolt"] = ["utc"] }
            fields.notifications.add(to: &extra, version: version)
            if version >= .v53 { extra["bolt_agent"] = ["product": fields.product, "language": "Swift"] }
            if version < .v51 { authentication.add(to: &extra) }
            try extra.encode(to: &writer)
        }
    }

    /// Writes `LOGON`.
    mutating func logon(_ authentication: BoltAuthentication) throws(BoltError) {
        try message(.logon) { (writer) throws(BoltError) in
            var extra = ExtraMap()
            authentication.add(to: &extra)
            try extra.encode(to: &writer)
        }
    }

    /// Writes `RUN`; `extra` is empty within a transaction.
    mutating func run(_ query: BoltQuery, extra: ExtraMap?) throws(BoltError) {
        try query.check()
        try message(.run(inTransaction: extra == nil)) { (writer) throws(BoltError) in
            try writer.write(query.text)
            try writer.writeMapHeader(count: query.parameters.count)
            for (name, value) in query.parameters {
                try writer.write(name)
                try value.encode(to: &writer)
            }
            try (extra ?? ExtraMap()).encode(to: &writer)
        }
    }

    /// Writes `BEGIN`.
    mutating func begin(_ extra: ExtraMap) throws(BoltError) {
        try message(.begin) { (writer) throws(BoltError) in try extra.encode(to: &writer) }
    }

    /// Writes `PULL`, for all records when `count` is -1; without `qid` it is for the latest `RUN`.
    mutating func pull(_ count: Int, qid: Int64?) throws(BoltError) {
        try message(.pull(isLast: count < 0)) { (writer) throws(BoltError) in
            try Self.fetch(count, qid, to: &writer)
        }
    }

    /// Writes `DISCARD` for all records.
    mutating func discard(qid: Int64?) throws(BoltError) {
        try message(.discard) { (writer) throws(BoltError) in try Self.fetch(-1, qid, to: &writer) }
    }

    private static func fetch(_ count: Int, _ qid: Int64?, to writer: inout PackStreamWriter) throws(BoltError) {
        try writer.writeMapHeader(count: qid == nil ? 1 : 2)
        try writer.write("n")
        writer.write(Int64(count))
        guard let qid else { return }
        try writer.write("qid")
        writer.write(qid)
    }

    /// Writes `ROUTE`.
    mutating func route(
        context: [String: String], bookmarks: [String], database: String?, impersonating user: String?
    ) throws(BoltError) {
        try message(.route) { (writer) throws(BoltError) in
            try context.encode(to: &writer)
            try bookmarks.encode(to: &writer)
            var extra = ExtraMap()
            extra["db"] = database
            extra["imp_user"] = user
            try extra.encode(to: &writer)
        }
    }

    /// Writes `TELEMETRY`.
    mutating func telemetry(_ interface: TelemetryInterface) throws(BoltError) {
        try message(.telemetry) { (writer) throws(BoltError) in writer.write(Int64(interface.rawValue)) }
    }

    /// Writes a request that has no fields.
    mutating func plain(_ request: Request) throws(BoltError) {
        try message(request) { (_) throws(BoltError) in }
    }

    private mutating func message(
        _ request: Request, _ fields: (inout PackStreamWriter) throws(BoltError) -> Void
    ) throws(BoltError) {
        let start = writer.buffer.writerIndex
        writer.buffer.writeInteger(UInt16(0))
        writer.writeStructureHeader(tag: request.tag, count: request.fieldCount)
        do throws(BoltError) {
            try fields(&writer)
        } catch {
            // Half a message must not go out.
            writer.buffer.moveWriterIndex(to: start)
            throw error
        }
        frame(from: start)
        requests.append(request)
    }

    /// Sets the size of the message that begins at `start`, in one chunk or, when it is large, in several.
    private mutating func frame(from start: Int) {
        let size = writer.buffer.writerIndex - start - 2
        guard size > Self.chunkLimit else {
            writer.buffer.setInteger(UInt16(truncatingIfNeeded: size), at: start)
            writer.buffer.writeInteger(UInt16(0))
            return
        }
        guard var body = writer.buffer.getSlice(at: start + 2, length: size) else { return }
        // The slice keeps the old bytes; the framed ones are written behind what was there before.
        writer.buffer.moveWriterIndex(to: start)
        var framed = ByteBuffer()
        framed.reserveCapacity(start + size + 2 * (size / Self.chunkLimit + 2))
        framed.writeImmutableBuffer(writer.buffer)
        while body.readableBytes > 0, var chunk = body.readSlice(length: min(Self.chunkLimit, body.readableBytes)) {
            framed.writeInteger(UInt16(truncatingIfNeeded: chunk.readableBytes))
            framed.writeBuffer(&chunk)
        }
        framed.writeInteger(UInt16(0))
        writer.buffer = framed
    }
}

/// A map that is written with only the keys that were set, in the order they were set.
struct ExtraMap: Sendable {
    private var pairs: [(key: String, value: any BoltEncodable)] = []

    var isEmpty: Bool { pairs.isEmpty }

    /// Sets a key; setting `nil` leaves it out.
    subscript(key: String) -> (any BoltEncodable)? {
        get { pairs.first { $0.key == key }?.value }
        set {
            pairs.removeAll { $0.key == key }
            if let newValue { pairs.append((key, newValue)) }
        }
    }

    func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        try writer.writeMapHeader(count: pairs.count)
        for (key, value) in pairs {
            try writer.write(key)
            try value.encode(to: &writer)
        }
    }
}
