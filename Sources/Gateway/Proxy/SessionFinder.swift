import Claude
import NIOCore

/// Looks for Claude Code's session in a request's body, `metadata.user_id`, while the body streams by.
///
/// The body is not parsed: the text `"metadata"` is searched for, and what follows is taken only when it has the shape
/// of an object with a `user_id` that holds a session. A client can put such text elsewhere in its own body and so
/// choose a session; it can do that with the header as well. It never chooses who is billed.
struct SessionFinder {
    private static let marker: StaticString = "\"metadata\""
    /// The most that the object may have up to the end of its `user_id`.
    private static let objectLimit = 2048

    /// The session found.
    private(set) var session: String?
    private var remaining: Int
    /// The end of the body so far, when something may begin in it.
    private var tail: [UInt8] = []

    /// Looks at most at `limit` bytes.
    init(limit: Int) { remaining = limit }

    /// Whether more of the body is of use.
    var isSearching: Bool { session == nil && remaining > 0 }

    mutating func consume(_ bytes: ByteBuffer) {
        guard isSearching else { return }
        remaining -= bytes.readableBytes
        if tail.isEmpty {
            bytes.withUnsafeReadableBytes { search($0) }
        } else {
            var joined = tail
            joined.append(contentsOf: bytes.readableBytesView)
            joined.withUnsafeBytes { search($0) }
        }
    }

    private mutating func search(_ raw: UnsafeRawBufferPointer) {
        var start = 0
        while let found = Self.find(raw, from: start) {
            let end = min(raw.count, found + Self.objectLimit)
            switch Self.session(in: UnsafeRawBufferPointer(rebasing: raw[found..<end])) {
            case .found(let session):
                self.session = session
                tail = []
                return
            case .cut where end == raw.count:
                tail = Array(raw[found...])
                return
            case .cut, .other:
                start = found + 1
            }
        }
        // A marker may be cut by the end.
        tail = Array(raw[max(start, raw.count - Self.marker.utf8CodeUnitCount + 1)...])
    }

    private static func find(_ raw: UnsafeRawBufferPointer, from start: Int) -> Int? {
        let length = marker.utf8CodeUnitCount
        let text = marker.utf8Start
        var index = start
        while index + length <= raw.count {
            // The rarest letter first: most positions are left after one comparison.
            if raw[index] == UInt8(ascii: "\""), raw[index + 1] == UInt8(ascii: "m") {
                var matched = 2
                while matched < length, raw[index + matched] == text[matched] { matched += 1 }
                if matched == length { return index }
            }
            index += 1
        }
        return nil
    }

    private enum Match {
        case found(String)
        case other
        /// It could be, but the bytes end.
        case cut
    }

    /// Reads `"metadata" : {… "user_id" : "…"`.
    private static func session(in raw: UnsafeRawBufferPointer) -> Match {
        var index = marker.utf8CodeUnitCount
        guard let colon = skipSpace(raw, &index) else { return .cut }
        guard colon == UInt8(ascii: ":") else { return .other }
        index += 1
        guard let brace = skipSpace(raw, &index) else { return .cut }
        guard brace == UInt8(ascii: "{") else { return .other }
        var cursor = JSONCursor(raw, offset: index)
        do throws(ClaudeError) {
            try cursor.beginObject()
            while let key = try cursor.nextKey() {
                guard key == "user_id" else {
                    _ = try cursor.skipValue()
                    continue
                }
                guard try cursor.peekKind() == .string else { return .other }
                return session(fromUserID: try cursor.readString()).map { .found($0) } ?? .other
            }
            return .other
        } catch {
            // Malformed and cut look alike here; the limit on the object's size bounds what is tried again.
            return .cut
        }
    }

    private static func skipSpace(_ raw: UnsafeRawBufferPointer, _ index: inout Int) -> UInt8? {
        while index < raw.count {
            switch raw[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return raw[index]
            }
        }
        return nil
    }

    /// The session in a `user_id`: a JSON object in a string (2026), or `user_…_account_…_session_<uuid>` (before).
    static func session(fromUserID userID: String) -> String? {
        if userID.utf8.first == UInt8(ascii: "{") {
            var text = userID
            return text.withUTF8 { utf8 in
                do throws(ClaudeError) {
                    var cursor = JSONCursor(UnsafeRawBufferPointer(utf8))
                    try cursor.beginObject()
                    while let key = try cursor.nextKey() {
                        guard key == "session_id" else {
                            _ = try cursor.skipValue()
                            continue
                        }
                        guard try cursor.peekKind() == .string else { return nil }
                        let session = try cursor.readString()
                        return session.isEmpty ? nil : session
                    }
                } catch {
                    return nil  // Not such an object: then the user id names no session.
                }
                return nil
            }
        }
        guard let range = userID.lastRange(of: "_session_") else { return nil }
        let session = userID[range...]
        return session.isEmpty ? nil : String(session)
    }
}

extension String {
    /// Where the text after the last occurrence of `text` begins.
    fileprivate func lastRange(of text: String) -> String.Index? {
        let bytes = Array(utf8)
        let wanted = Array(text.utf8)
        guard bytes.count >= wanted.count else { return nil }
        for start in stride(from: bytes.count - wanted.count, through: 0, by: -1)
        where bytes[start..<start + wanted.count].elementsEqual(wanted) {
            return utf8.index(startIndex, offsetBy: start + wanted.count)
        }
        return nil
    }
}
