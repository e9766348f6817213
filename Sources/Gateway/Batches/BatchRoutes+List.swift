import AsyncHTTPClient
import Claude
import HTTPTypes
import Hummingbird
import Logging
import Metering
import NIOCore
import NIOHTTP1

// The list of batches: of the upstream's, which are all customers', the caller's own.
extension BatchRoutes {
    /// Pages of the upstream's list that one page of ours may take.
    private static let listPages = 20

    /// The caller's own batches among the upstream's, which lists those of all customers.
    func list(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        let principal = try caller(context)
        let parameters = request.uri.queryParameters
        let limit = parameters["limit"].flatMap { Int($0) } ?? 20
        guard (1...1000).contains(limit) else { throw APIErrorResponse(400, "limit must be from 1 to 1000.") }
        let own = Set(
            try await read { () throws(MeteringError) in
                try await store.batches(of: principal.customer, limit: 100_000)
            }.map(\.id))
        let goesBack = parameters["before_id"] != nil
        var cursor = (parameters["before_id"] ?? parameters["after_id"]).map { String($0) }
        if let cursor, !own.contains(cursor) { throw APIErrorResponse(404, "No message batch has the id \(cursor).") }

        var found: [BatchObject] = []
        var hasMore = true
        var pages = 0
        while hasMore, found.count <= limit, pages < Self.listPages {
            pages += 1
            let position = cursor.map { "&\(goesBack ? "before_id" : "after_id")=\($0)" } ?? ""
            let answer = try await fetch(.get, "\(Self.root)?limit=1000\(position)", request)
            guard answer.isSuccess else { return response(answer, context) }
            // What cannot be read cannot be filtered, and so is not shown to anyone.
            guard let page = page(answer) else { throw UpstreamFailure.malformed("a list of batches").response }
            let mine = page.objects.filter { $0.id.map(own.contains) ?? false }
            found = goesBack ? mine + found : found + mine
            cursor = (goesBack ? page.objects.first : page.objects.last)?.id
            hasMore = page.hasMore && cursor != nil
        }
        let shown = goesBack ? found.suffix(limit) : found.prefix(limit)
        return .json(
            Self.page(shown, hasMore: hasMore || shown.count < found.count, base: base(request)))
    }

    private static func page(_ objects: ArraySlice<BatchObject>, hasMore: Bool, base: String) -> String {
        let data = objects.map { String(decoding: $0.rewritten(base: base), as: UTF8.self) }.joined(separator: ",")
        let first = objects.first?.id.map { "\"\($0.jsonEscaped)\"" } ?? "null"
        let last = objects.last?.id.map { "\"\($0.jsonEscaped)\"" } ?? "null"
        return "{\"data\":[\(data)],\"has_more\":\(hasMore),\"first_id\":\(first),\"last_id\":\(last)}"
    }
}
