/// Reads the fields of `usage` objects; a field that cannot be read is left as it was, and noted.
///
/// Only broken JSON throws. Everything that is JSON but not a usage, such as `"12"`, `-1`, `0.5` or `{}` where a count
/// is due, becomes a ``problem``, because the rest of the object still counts.
struct UsageReader {
    /// The most bytes of a model's or tier's name.
    static let textLimit = 256

    var cursor: JSONCursor
    private(set) var problem: ClaudeError?

    init(_ cursor: JSONCursor) { self.cursor = cursor }

    /// Which of an object's fields have come already, by number.
    struct Seen {
        private var bits: UInt32 = 0

        /// Whether field `number` comes for the first time.
        mutating func first(_ number: UInt32) -> Bool {
            defer { bits |= 1 << number }
            return bits & (1 << number) == 0
        }
    }

    mutating func note(_ message: String) {
        if problem == nil { problem = ClaudeError(.malformedUsage, message) }
    }

    /// JSON leaves it open which of two equal keys counts: the last one is taken, as clients do, but not trusted.
    private mutating func noteRepetition(_ name: StaticString, _ isFirst: Bool) {
        if !isFirst { note("usage has \(name) twice") }
    }

    /// Reads a count into `value`; returns whether there was one.
    @discardableResult
    mutating func count(_ value: inout Int64, _ name: StaticString, _ isFirst: Bool) throws(ClaudeError) -> Bool {
        noteRepetition(name, isFirst)
        switch try cursor.peekKind() {
        case .null:
            try cursor.skipValue()
            return false
        case .number:
            switch WireCount(cursor.bytes.view(try cursor.skipValue())) {
            case .count(let count):
                value = count
                return true
            case .negative: note("\(name) is negative")
            case .fractional: note("\(name) is not a whole number")
            case .overLimit: note("\(name) is more than \(MessageUsage.countLimit)")
            }
        case let kind:
            try cursor.skipValue()
            note("\(name) is of type \(kind.rawValue), not a number")
        }
        return false
    }

    /// Reads a short text into `value`.
    mutating func text(_ value: inout String?, _ name: StaticString, _ isFirst: Bool) throws(ClaudeError) {
        noteRepetition(name, isFirst)
        switch try cursor.peekKind() {
        case .null: try cursor.skipValue()
        case .string:
            let raw = try cursor.readRawString()
            if let text = raw.shortText(limit: Self.textLimit) { value = text } else { note("\(name) is not a name") }
        case let kind:
            try cursor.skipValue()
            note("\(name) is of type \(kind.rawValue), not a text")
        }
    }

    /// Enters an object; returns `false`, having passed over the value, when there is none.
    private mutating func enterObject(_ name: StaticString) throws(ClaudeError) -> Bool {
        switch try cursor.peekKind() {
        case .object:
            try cursor.beginObject()
            return true
        case .null:
            try cursor.skipValue()
        case let kind:
            try cursor.skipValue()
            note("\(name) is of type \(kind.rawValue), not an object")
        }
        return false
    }

    /// Reads an object of counts, of which `fields` are of interest.
    mutating func counts(
        in name: StaticString, _ fields: [(key: StaticString, path: WritableKeyPath<MessageUsage, Int64>)],
        of usage: inout MessageUsage, _ isFirst: Bool
    ) throws(ClaudeError) {
        noteRepetition(name, isFirst)
        guard try enterObject(name) else { return }
        var seen = Seen()
        while let key = try cursor.nextKey() {
            guard let index = fields.firstIndex(where: { key == $0.key }) else { continue }
            let field = fields[index]
            try count(&usage[keyPath: field.path], field.key, seen.first(UInt32(index)))
        }
    }

    /// Makes a total and a split that came in one object agree: the split may not exceed the total.
    mutating func reconcile(_ total: inout Int64, with split: MessageUsage.CacheCreation?, hasTotal: Bool) {
        guard let sum = split?.total else { return }
        if hasTotal, sum > total { note("cache_creation adds up to more than cache_creation_input_tokens") }
        total = hasTotal ? max(total, sum) : sum
    }

    /// Reads the split of cache writes; returns whether there was one.
    ///
    /// An absent side keeps its value.
    mutating func cacheCreation(
        _ split: inout MessageUsage.CacheCreation?, _ isFirst: Bool
    ) throws(ClaudeError) -> Bool {
        noteRepetition("cache_creation", isFirst)
        guard try enterObject("cache_creation") else { return false }
        var seen = Seen()
        var value = split ?? MessageUsage.CacheCreation()
        var isStated = false
        while let key = try cursor.nextKey() {
            switch key {
            case "ephemeral_5m_input_tokens":
                if try count(&value.ephemeral5mInputTokens, "ephemeral_5m_input_tokens", seen.first(0)) {
                    isStated = true
                }
            case "ephemeral_1h_input_tokens":
                if try count(&value.ephemeral1hInputTokens, "ephemeral_1h_input_tokens", seen.first(1)) {
                    isStated = true
                }
            default: break
            }
        }
        guard isStated else { return false }
        guard value.total <= MessageUsage.countLimit else {
            note("cache_creation adds up to more than \(MessageUsage.countLimit)")
            return false
        }
        split = value
        return true
    }

    /// Reads the list of sampling passes, which replaces the earlier list.
    mutating func iterations(_ list: inout [MessageUsage.Iteration], _ isFirst: Bool) throws(ClaudeError) {
        noteRepetition("iterations", isFirst)
        switch try cursor.peekKind() {
        case .null:
            try cursor.skipValue()
            return
        case .array: try cursor.beginArray()
        case let kind:
            try cursor.skipValue()
            return note("iterations is of type \(kind.rawValue), not an array")
        }
        var entries: [MessageUsage.Iteration] = []
        while try cursor.nextElement() {
            guard entries.count < StatedUsage.iterationLimit else {
                note("iterations has more than \(StatedUsage.iterationLimit) entries")
                continue
            }
            if let entry = try iteration() { entries.append(entry) }
        }
        list = entries
    }

    private mutating func iteration() throws(ClaudeError) -> MessageUsage.Iteration? {
        guard try cursor.peekKind() == .object else {
            try cursor.skipValue()
            note("an entry of iterations is not an object")
            return nil
        }
        try cursor.beginObject()
        var seen = Seen()
        var entry = MessageUsage.Iteration(type: "")
        var type: String?
        var statesTotal = false
        var statesSplit = false
        while let key = try cursor.nextKey() {
            switch key {
            case "type": try text(&type, "iterations[].type", seen.first(0))
            case "model": try text(&entry.model, "iterations[].model", seen.first(1))
            case "input_tokens": try count(&entry.inputTokens, "iterations[].input_tokens", seen.first(2))
            case "output_tokens": try count(&entry.outputTokens, "iterations[].output_tokens", seen.first(3))
            case "cache_creation_input_tokens":
                if try count(
                    &entry.cacheCreationInputTokens, "iterations[].cache_creation_input_tokens", seen.first(4))
                {
                    statesTotal = true
                }
            case "cache_read_input_tokens":
                try count(&entry.cacheReadInputTokens, "iterations[].cache_read_input_tokens", seen.first(5))
            case "cache_creation":
                if try cacheCreation(&entry.cacheCreation, seen.first(6)) { statesSplit = true }
            default: break
            }
        }
        if statesSplit {
            reconcile(&entry.cacheCreationInputTokens, with: entry.cacheCreation, hasTotal: statesTotal)
            entry.cacheCreation?.adjust(to: entry.cacheCreationInputTokens)
        }
        if type == nil { note("an entry of iterations has no type") }
        entry.type = type ?? ""
        return entry
    }
}

extension JSONCursor.RawString {
    /// The decoded text, or `nil` when it has more than `limit` bytes or is not Unicode.
    func shortText(limit: Int) -> String? {
        guard decodedCount <= limit else { return nil }
        do { return try decoded() } catch { return nil }
    }
}
