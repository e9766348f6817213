/// A Messages request, checked as the API checks it.
struct MessageRequest: Sendable {
    var model: SimulatedModel
    var maxTokens: Int64
    var isStream: Bool
    var json: JSONValue
    var blocks: [PromptBlock]
    /// The text of the last message: where markers are looked for.
    var lastText: String

    /// One cacheable piece of the prompt.
    struct PromptBlock: Sendable, Hashable {
        var bytes: [UInt8]
        var tokens: Int64
        var cache: PromptCache.Lifetime?
    }

    /// All prompt tokens: bytes / 4 of every block, rounded up.
    var promptTokens: Int64 { blocks.reduce(0) { $0 + $1.tokens } }

    /// Checks a request; `needsMaxTokens` is false for token counting.
    init(
        _ json: JSONValue, version: String, models: [SimulatedModel], needsMaxTokens: Bool = true
    ) throws(APIFailure) {
        guard json.members != nil else { throw .invalid("The request body must be a JSON object") }
        self.json = json
        model = try Self.model(json, models)
        maxTokens = needsMaxTokens ? try Self.maxTokens(json, model) : 0
        switch json["stream"] ?? false {
        case .bool(let value): isStream = value
        default: throw .invalid("stream: Input should be a valid boolean")
        }
        if version >= "2026-10-21" {
            for name in ["temperature", "top_p", "top_k"] where json[name] != nil {
                throw .invalid("\(name): Extra inputs are not permitted")
            }
        }
        try Self.checkSpeed(json, model)
        try Self.checkThinking(json, maxTokens, needsMaxTokens)
        (blocks, lastText) = try PromptReader.read(json)
    }

    private static func model(_ json: JSONValue, _ models: [SimulatedModel]) throws(APIFailure) -> SimulatedModel {
        guard let value = json["model"] else { throw .invalid("model: Field required") }
        guard let name = value.text else { throw .invalid("model: Input should be a valid string") }
        // Ids may carry a date suffix, which names the same model.
        guard let model = models.first(where: { name == $0.id || name.isDated($0.id) }) else {
            throw APIFailure(status: 404, message: "model: \(name)")
        }
        var named = model
        named.id = name
        return named
    }

    private static func maxTokens(_ json: JSONValue, _ model: SimulatedModel) throws(APIFailure) -> Int64 {
        guard let value = json["max_tokens"] else { throw .invalid("max_tokens: Field required") }
        guard let number = value.integer else { throw .invalid("max_tokens: Input should be a valid integer") }
        guard number >= 0 else { throw .invalid("max_tokens: Input should be greater than or equal to 0") }
        guard number <= model.maximumOutputTokens else {
            throw .invalid(
                "max_tokens: \(number) > \(model.maximumOutputTokens), which is the maximum allowed number of output "
                    + "tokens for \(model.id)")
        }
        return number
    }

    private static func checkSpeed(_ json: JSONValue, _ model: SimulatedModel) throws(APIFailure) {
        switch json["speed"] ?? nil {
        case .null, "standard": break
        case "fast":
            guard model.fast != .refused else {
                throw .invalid("speed: fast mode is not available for \(model.id)")
            }
        default: throw .invalid("speed: Input should be 'standard' or 'fast'")
        }
        switch json["inference_geo"] ?? nil {
        case .null: break
        case .string:
            guard model.hasInferenceGeo else {
                throw .invalid("inference_geo: not supported for \(model.id)")
            }
        default: throw .invalid("inference_geo: Input should be a valid string")
        }
    }

    private static func checkThinking(
        _ json: JSONValue, _ maxTokens: Int64, _ needsMaxTokens: Bool
    ) throws(APIFailure) {
        guard let thinking = json["thinking"], thinking != .null else { return }
        guard let type = thinking["type"]?.text else { throw .invalid("thinking.type: Field required") }
        guard type == "enabled" else { return }
        guard let budget = thinking["budget_tokens"]?.integer else {
            throw .invalid("thinking.enabled.budget_tokens: Field required")
        }
        guard budget >= 1_024 else {
            throw .invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
        }
        if needsMaxTokens, budget >= maxTokens {
            throw .invalid("`max_tokens` must be greater than `thinking.budget_tokens`")
        }
    }
}

extension APIFailure {
    /// A 400 with this message.
    static func invalid(_ message: String) -> APIFailure { APIFailure(status: 400, message: message) }
}

extension String {
    /// Whether this is `id` with a date suffix, `-20261123`.
    fileprivate func isDated(_ id: String) -> Bool {
        let suffix = dropFirst(id.count)
        return hasPrefix(id) && suffix.count == 9 && suffix.hasPrefix("-") && suffix.dropFirst().allSatisfy(\.isNumber)
    }
}
