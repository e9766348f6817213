/// Takes the prompt of a request apart into cacheable blocks, in the API's order: tools, system, messages.
struct PromptReader {
    private var blocks: [MessageRequest.PromptBlock] = []
    private var lastText = ""

    static func read(_ json: JSONValue) throws(APIFailure) -> ([MessageRequest.PromptBlock], String) {
        var reader = PromptReader()
        try reader.readTools(json["tools"] ?? nil)
        try reader.readContent(json["system"] ?? nil, path: "system", prefix: "system", isOptional: true)
        try reader.readMessages(json["messages"])
        try reader.applyTopLevelCacheControl(json["cache_control"] ?? nil)
        try reader.checkBreakpoints()
        return (reader.blocks, reader.lastText)
    }

    private mutating func readTools(_ tools: JSONValue) throws(APIFailure) {
        guard tools != .null else { return }
        guard let elements = tools.elements else { throw .invalid("tools: Input should be a valid list") }
        for (index, tool) in elements.enumerated() {
            guard tool["name"]?.text != nil else { throw .invalid("tools.\(index).name: Field required") }
            try append(tool, path: "tools.\(index)", prefix: "tool")
        }
    }

    private mutating func readMessages(_ value: JSONValue?) throws(APIFailure) {
        guard let value else { throw .invalid("messages: Field required") }
        guard let messages = value.elements else { throw .invalid("messages: Input should be a valid list") }
        guard !messages.isEmpty else { throw .invalid("messages: at least one message is required") }
        for (index, message) in messages.enumerated() {
            let path = "messages.\(index)"
            guard let role = message["role"] else { throw .invalid("\(path).role: Field required") }
            guard ["user", "assistant", "system"].contains(role) else {
                throw .invalid("\(path).role: Input should be 'user' or 'assistant'")
            }
            lastText = ""
            guard let content = message["content"] else { throw .invalid("\(path).content: Field required") }
            try readContent(content, path: "\(path).content", prefix: role.text ?? "", isOptional: false)
        }
    }

    private mutating func readContent(
        _ content: JSONValue, path: String, prefix: String, isOptional: Bool
    ) throws(APIFailure) {
        switch content {
        case .null where isOptional: break
        case .string(let text):
            lastText += text
            append(Array(text.utf8), prefix: prefix, cache: nil)
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                guard element["type"]?.text != nil else { throw .invalid("\(path).\(index).type: Field required") }
                if let text = element["text"]?.text { lastText += text }
                try append(element, path: "\(path).\(index)", prefix: prefix)
            }
        default: throw .invalid("\(path): Input should be a valid string or list")
        }
    }

    private mutating func append(_ block: JSONValue, path: String, prefix: String) throws(APIFailure) {
        let cache = try PromptCache.Lifetime(block["cache_control"] ?? nil, path: path)
        if block["type"] == "text", let text = block["text"]?.text {
            append(Array(text.utf8), prefix: prefix, cache: cache)
        } else {
            var plain = block
            plain["cache_control"] = nil
            append(Array(plain.serialized().utf8), prefix: prefix, cache: cache)
        }
    }

    private mutating func append(_ bytes: [UInt8], prefix: String, cache: PromptCache.Lifetime?) {
        let tokens = Int64((bytes.count + 3) / 4)
        blocks.append(.init(bytes: Array(prefix.utf8) + [0] + bytes, tokens: tokens, cache: cache))
    }

    private mutating func applyTopLevelCacheControl(_ value: JSONValue) throws(APIFailure) {
        guard let lifetime = try PromptCache.Lifetime(value, path: ""), let last = blocks.indices.last else { return }
        blocks[last].cache = blocks[last].cache ?? lifetime
    }

    private func checkBreakpoints() throws(APIFailure) {
        let lifetimes = blocks.compactMap(\.cache)
        guard lifetimes.count <= 4 else {
            throw .invalid("A maximum of 4 blocks with cache_control may be provided. Found \(lifetimes.count).")
        }
        for (earlier, later) in zip(lifetimes, lifetimes.dropFirst()) where earlier < later {
            throw .invalid("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block")
        }
    }
}
