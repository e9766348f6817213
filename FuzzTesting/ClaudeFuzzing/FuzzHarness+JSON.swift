internal import Claude
internal import Foundation

extension FuzzHarness {
    /// Judges `bytes` as JSON: by skipping, by walking through, and, where the two are comparable, as Foundation does.
    public static func json(_ bytes: [UInt8]) -> String? {
        let skipped = bytes.withUnsafeBytes { bytes in
            do throws(ClaudeError) {
                try JSONCursor.validate(bytes)
                return true
            } catch { return false }
        }
        let walked = bytes.withUnsafeBytes { bytes in
            do throws(ClaudeError) {
                var cursor = JSONCursor(bytes)
                try walk(&cursor)
                try cursor.finish()
                return true
            } catch { return false }
        }
        guard skipped == walked else { return "skipping and walking judge differently" }
        guard let verdict = foundationAccepts(bytes), verdict != skipped else { return nil }
        return "Foundation \(verdict ? "accepts" : "refuses") what the cursor does not"
    }

    private static func walk(_ cursor: inout JSONCursor) throws(ClaudeError) {
        switch try cursor.peekKind() {
        case .null: _ = try cursor.readNull()
        case .bool: _ = try cursor.readBool()
        case .number: try cursor.skipValue()
        case .string: _ = try cursor.readRawString().decodedCount
        case .array:
            try cursor.beginArray()
            while try cursor.nextElement() { try walk(&cursor) }
        case .object:
            try cursor.beginObject()
            while let key = try cursor.nextKey() {
                // Comparing must not trap, whatever the key.
                if key == "usage" { continue }
                try walk(&cursor)
            }
        }
    }

    /// Foundation's verdict; `nil` where it judges by more than RFC 8259's grammar.
    ///
    /// It decodes everything, so it refuses halves of surrogate pairs and numbers beyond `Double`; it limits the depth
    /// elsewhere; it takes text that begins with a mark or zeros for another encoding; and it lets a comma stand in
    /// front of a closing brace.
    private static func foundationAccepts(_ bytes: [UInt8]) -> Bool? {
        if bytes.contains(0) || bytes.starts(with: [0xEF]) || bytes.starts(with: [0xFE]) || bytes.starts(with: [0xFF]) {
            return nil
        }
        if bytes.count(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }) > JSONCursor.depthLimit {
            return nil
        }
        var digits = 0
        var isBehindComma = false
        for (index, byte) in bytes.enumerated() {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            if byte == UInt8(ascii: "\\"), next | 0x20 == UInt8(ascii: "u") { return nil }
            if isBehindComma, byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") { return nil }
            if byte > 0x20 { isBehindComma = byte == UInt8(ascii: ",") }
            digits = byte &- UInt8(ascii: "0") < 10 ? digits + 1 : 0
            if digits >= 200 || (digits >= 3 && bytes.contains { $0 | 0x20 == UInt8(ascii: "e") }) { return nil }
        }
        do {
            _ = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            return true
        } catch {
            return false
        }
    }
}
