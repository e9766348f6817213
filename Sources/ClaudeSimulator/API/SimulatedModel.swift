/// A model that the simulator knows.
public struct SimulatedModel: Sendable, Hashable {
    /// The id.
    public var id: String
    /// The name for people.
    public var displayName: String
    /// When it was released, RFC 3339.
    public var createdAt: String
    /// What becomes of `speed: "fast"`.
    public var fast: FastMode
    /// Whether `inference_geo` is accepted (models 4.6 and later).
    public var hasInferenceGeo: Bool
    /// The largest `max_tokens`.
    public var maximumOutputTokens: Int64

    /// What becomes of `speed: "fast"`.
    public enum FastMode: Sendable, Hashable {
        /// It is served.
        case served
        /// It is accepted and served at standard speed.
        case standard
        /// It is refused with 400.
        case refused
    }

    /// Creates a model.
    public init(
        id: String, displayName: String, createdAt: String, fast: FastMode = .refused, hasInferenceGeo: Bool = true,
        maximumOutputTokens: Int64 = 128_000
    ) {
        self.id = id
        self.displayName = displayName
        self.createdAt = createdAt
        self.fast = fast
        self.hasInferenceGeo = hasInferenceGeo
        self.maximumOutputTokens = maximumOutputTokens
    }

    /// The current models, newest first.
    ///
    /// Some release dates are not public; those are approximate.
    public static let all: [SimulatedModel] = [
        .init(
            id: "claude-fable-5-2", displayName: "Claude Fable 5.2", createdAt: "2026-11-09T00:00:00Z", fast: .served),
        .init(
            id: "claude-mythos-5-2", displayName: "Claude Mythos 5.2", createdAt: "2026-11-09T00:00:00Z", fast: .served),
        .init(id: "claude-haiku-5-5", displayName: "Claude Haiku 5.5", createdAt: "2026-10-07T00:00:00Z"),
        .init(id: "claude-sonnet-5-5", displayName: "Claude Sonnet 5.5", createdAt: "2026-09-28T00:00:00Z"),
        .init(id: "claude-opus-5-5", displayName: "Claude Opus 5.5", createdAt: "2026-09-22T00:00:00Z", fast: .served),
        .init(id: "claude-fable-5-1", displayName: "Claude Fable 5.1", createdAt: "2026-08-01T00:00:00Z"),
        .init(id: "claude-mythos-5-1", displayName: "Claude Mythos 5.1", createdAt: "2026-08-01T00:00:00Z"),
        .init(id: "claude-opus-5", displayName: "Claude Opus 5", createdAt: "2026-07-01T00:00:00Z", fast: .served),
        .init(id: "claude-fable-5", displayName: "Claude Fable 5", createdAt: "2026-06-15T00:00:00Z"),
        .init(id: "claude-mythos-5", displayName: "Claude Mythos 5", createdAt: "2026-06-15T00:00:00Z"),
        .init(id: "claude-sonnet-5", displayName: "Claude Sonnet 5", createdAt: "2026-06-01T00:00:00Z"),
        .init(id: "claude-opus-4-8", displayName: "Claude Opus 4.8", createdAt: "2026-05-01T00:00:00Z", fast: .served),
        .init(id: "claude-opus-4-7", displayName: "Claude Opus 4.7", createdAt: "2026-04-01T00:00:00Z"),
        .init(id: "claude-sonnet-4-6", displayName: "Claude Sonnet 4.6", createdAt: "2026-02-17T00:00:00Z"),
        .init(
            id: "claude-opus-4-6", displayName: "Claude Opus 4.6", createdAt: "2026-02-05T00:00:00Z", fast: .standard),
        .init(
            id: "claude-opus-4-5", displayName: "Claude Opus 4.5", createdAt: "2025-11-24T00:00:00Z",
            hasInferenceGeo: false),
        .init(
            id: "claude-haiku-4-5", displayName: "Claude Haiku 4.5", createdAt: "2025-10-15T00:00:00Z",
            hasInferenceGeo: false),
        .init(
            id: "claude-sonnet-4-5", displayName: "Claude Sonnet 4.5", createdAt: "2025-09-29T00:00:00Z",
            hasInferenceGeo: false),
    ]

    /// The object of `GET /v1/models`.
    var json: JSONValue {
        [
            "type": "model", "id": .string(id), "display_name": .string(displayName),
            "created_at": .string(createdAt), "lifecycle": "active",
            "line": .string(String(id.split(separator: "-").dropFirst().first ?? "")),
            "deprecated_at": nil, "retires_at": nil,
            "max_input_tokens": 1_000_000, "max_tokens": .integer(maximumOutputTokens),
        ]
    }
}
