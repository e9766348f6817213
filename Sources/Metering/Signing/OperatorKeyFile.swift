/// The file with an operator's keys: readable by its owner alone, created on first use.
///
/// Canonical JSON: `{"keys":[{"not_after":…,"not_before":…,"seed":"base64"}],"version":1}`. Programs that use it at the
/// same time see each a whole file: changes are written beside it, flushed, and renamed into place under a lock.
public struct OperatorKeyFile: Sendable {
    /// Where it is.
    public let path: String

    /// Names the file; nothing is opened yet.
    public init(path: String) { self.path = path }

    /// Reads the keys, creating the file with a new key when there is none.
    ///
    /// - Parameter time: From when on a new key signs.
    /// - Throws: `keyUnavailable` when the file cannot be read or created, when others may read it, or when it is
    ///   damaged. A damaged file is never replaced: it may hold the only copy of a key.
    public func loadOrCreate(at time: Timestamp) throws(MeteringError) -> OperatorKeyRing {
        if let ring = try load() { return ring }
        return try PrivateFile.withLock(beside: path) { () throws(MeteringError) in
            if let ring = try load() { return ring }
            let ring = OperatorKeyRing(at: time)
            try PrivateFile.write(Self.encode(ring), to: path)
            return ring
        }
    }

    /// Reads the keys; `nil` when there is no file.
    public func load() throws(MeteringError) -> OperatorKeyRing? {
        guard let bytes = try PrivateFile.read(path) else { return nil }
        do { return try Self.decode(bytes) } catch {
            // The cause could quote the file, which holds secrets.
            throw MeteringError(
                .keyUnavailable, "the operator's key file \(path) is damaged; restore it from a backup")
        }
    }

    /// Takes a new key into use, see ``OperatorKeyRing/rotate(to:at:overlap:)``.
    ///
    /// - Throws: `notFound` when there is no file, else as ``loadOrCreate(at:)``.
    public func rotate(at time: Timestamp, overlap: Int64) throws(MeteringError) -> OperatorKeyRing {
        try PrivateFile.withLock(beside: path) { () throws(MeteringError) in
            guard var ring = try load() else {
                throw MeteringError(.notFound, "there is no operator key file \(path) to rotate")
            }
            try ring.rotate(at: time, overlap: overlap)
            try PrivateFile.write(Self.encode(ring), to: path)
            return ring
        }
    }

    private static func encode(_ ring: OperatorKeyRing) -> [UInt8] {
        let keys = ring.entries.map { entry in
            CanonicalJSON.object([
                "seed": .string(Base64.encode(entry.key.seed)), "not_before": .number(entry.notBefore.milliseconds),
                "not_after": entry.notAfter.map { .number($0.milliseconds) } ?? .null,
            ])
        }
        return CanonicalJSON.object(["keys": .array(keys), "version": .integer(1)]).bytes
    }

    private static func decode(_ bytes: [UInt8]) throws(MeteringError) -> OperatorKeyRing {
        var document = try CanonicalJSON.Members(CanonicalJSON(relaxed: bytes), of: "the key file")
        guard try document.integer("version", as: Int.self) == 1 else { throw document.error("version", "is not 1") }
        var entries: [OperatorKeyRing.Entry] = []
        for element in try document.array("keys") {
            var members = try CanonicalJSON.Members(element, of: "a key")
            entries.append(
                OperatorKeyRing.Entry(
                    key: try OperatorKey(seed: try members.base64("seed")),
                    notBefore: Timestamp(milliseconds: try members.integer("not_before")),
                    notAfter: try members.optionalInteger("not_after").map { Timestamp(milliseconds: $0) }))
            try members.finish()
        }
        try document.finish()
        return try OperatorKeyRing(entries: entries)
    }
}
