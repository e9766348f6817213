import HTTPTypes
import Hummingbird
import Logging
import Metering

/// `/api/v1/receipts…`: signed receipts, for the customer whose they are and for the administrator; and the public keys.
struct ReceiptRoutes: Sendable {
    let store: any UsageStore
    let signer: ReceiptSigner
    let logger: Logger
    let wallClock: @Sendable () -> Timestamp

    private static let pageLimit = 1_000
    /// Events that one request looks at, when a filter passes few of them.
    private static let scanLimit = 20_000

    func add(to router: Router<GatewayRequestContext>) {
        router.get("/api/v1/receipts") { request, context in try await list(request, context) }
        router.get("/api/v1/receipts/:id") { _, context in try await one(context) }
        router.get("/api/v1/operator-keys") { _, _ in
            try await answering { () throws(MeteringError) in
                Response.json(try signer.ring(now: wallClock()).publicKeys().json)
            }
        }
    }

    // MARK: One

    private func one(_ context: GatewayRequestContext) async throws -> Response {
        let id = EventID(rawValue: context.parameters.get("id") ?? "")
        return try await answering { () async throws(MeteringError) in
            guard let stored = try await store.event(id: id), context.maySee(stored.event.customer) else { return nil }
            let signed = try SignedReceipt(stored, signedWith: try signer.ring(now: wallClock()).current)
            var response = Response.json(signed.text)
            if let name = HTTPTypes.HTTPField.Name(ReceiptHeader.name) {
                response.headers[name] = ReceiptHeader.value(stored.event.id, stored.hash)
            }
            return response
        }
    }

    // MARK: Many

    /// What a list is asked for.
    private struct Query: Sendable {
        var customer: CustomerID
        var after: Int64
        var limit: Int
        var session: String?
        var model: String?
        var since: Int64
        var until: Int64

        func matches(_ event: UsageEvent) -> Bool {
            event.time.milliseconds >= since && event.time.milliseconds < until
                && (session == nil || session == event.session.rawValue)
                && (model == nil || model == event.model)
        }
    }

    private func list(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        let query = try query(request, context)
        return try await answering { () async throws(MeteringError) in
            let key = try signer.ring(now: wallClock()).current
            var found: [String] = []
            var last = query.after
            var looked = 0
            var isAtEnd = false
            while found.count < query.limit, looked < Self.scanLimit, !isAtEnd {
                let page = try await store.events(of: query.customer, after: last, limit: Self.pageLimit)
                isAtEnd = page.count < Self.pageLimit
                for stored in page {
                    if found.count == query.limit {
                        isAtEnd = false
                        break
                    }
                    last = stored.sequence
                    looked += 1
                    if query.matches(stored.event) { found.append(try SignedReceipt(stored, signedWith: key).text) }
                }
            }
            let next = isAtEnd ? "null" : String(last)
            return Response.json(#"{"data":[\#(found.joined(separator: ","))],"next_after":\#(next)}"#)
        }
    }

    private func query(_ request: Request, _ context: GatewayRequestContext) throws(APIErrorResponse) -> Query {
        let parameters = request.uri.queryParameters
        func number(_ name: String, _ standard: Int64, in range: ClosedRange<Int64>) throws(APIErrorResponse) -> Int64 {
            guard let text = parameters[Substring(name)] else { return standard }
            guard let value = Int64(text), range.contains(value) else {
                throw APIErrorResponse(
                    400, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
            }
            return value
        }
        let own = context.principal?.customer
        guard let customer = parameters["customer"].map({ CustomerID(rawValue: String($0)) }) ?? own else {
            throw APIErrorResponse(400, "Name the customer whose receipts you want: ?customer=ID.")
        }
        guard context.maySee(customer) else {
            throw APIErrorResponse(403, "This key does not belong to the customer that was asked for.")
        }
        return Query(
            customer: customer, after: try number("after", 0, in: 0...Int64.max),
            limit: Int(try number("limit", 100, in: 1...Int64(Self.pageLimit))),
            session: parameters["session"].map { String($0) }, model: parameters["model"].map { String($0) },
            since: try number("since_ms", .min, in: 0...Int64.max),
            until: try number("until_ms", .max, in: 0...Int64.max))
    }

    private func answering(
        _ make: () async throws(MeteringError) -> Response?
    ) async throws -> Response {
        let response: Response?
        do throws(MeteringError) { response = try await make() } catch {
            // Paths and commands are for the operator, not for customers.
            logger.error("receipts cannot be read or signed", metadata: ["error": "\(error)"])
            throw APIErrorResponse(503, "Receipts cannot be read or signed now; the gateway's log says why.")
        }
        // The same for receipts that do not exist and those of others.
        guard let response else { throw APIErrorResponse(404, "There is no such receipt, or it is not yours.") }
        return response
    }
}

extension GatewayRequestContext {
    /// Whether the caller may see what belongs to a customer: the customer itself, and the administrator.
    func maySee(_ customer: CustomerID) -> Bool { isAdministrator || principal?.customer == customer }
}
