internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The connection-level facts that handlers need.
struct SimulatorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection, so that a response can reset it.
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

/// One request on its way to an answer.
struct Exchange: Sendable {
    var method: String
    /// The path without query: what routes go by.
    var path: [String]
    /// The path with query.
    var target: String
    var query: [String: String]
    var headers: HTTPFields
    /// The host that the client asked for.
    var host: String?
    var body: [UInt8] = []
    var requestID = ""
    var generator = SeededGenerator(seed: 0)

    init(_ request: Request) {
        method = request.method.rawValue
        target = request.head.path ?? "/"
        path = request.uri.path.split(separator: "/").map(String.init)
        var query: [String: String] = [:]
        for parameter in request.uri.queryParameters { query[String(parameter.key)] = String(parameter.value) }
        self.query = query
        headers = request.headers
        host = request.head.authority
    }

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

    /// What is on record of this exchange before its answer is known.
    func served(status: Int, keepsBody: Bool) -> ServedResponse {
        ServedResponse(
            sequence: 0, kind: .other, method: method, path: target,
            requestHeaders: headers.map { .init(name: $0.name.canonicalName, value: $0.value) },
            requestBody: keepsBody ? body : [], status: status, requestID: requestID, messageID: nil, model: nil,
            isStream: false, usage: nil, told: nil, batchID: nil, customID: nil, body: [], progress: .sending)
    }
}
