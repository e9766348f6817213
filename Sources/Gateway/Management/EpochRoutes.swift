import HTTPTypes
import Hummingbird
import Logging
import Metering

/// `/api/v1/epochs…` and `/api/v1/proofs…`: signed commitments, and the proofs that lead to them.
///
/// A commitment names no customer, so everyone who has a key may see it; a proof is for its customer alone.
struct EpochRoutes: Sendable {
    let epochs: any EpochDocuments
    let logger: Logger

    private static let pageLimit = 1_000

    func add(to router: Router<GatewayRequestContext>) {
        router.get("/api/v1/epochs") { request, _ in try await list(request) }
        router.get("/api/v1/epochs/:epoch") { _, context in
            let epoch = try Self.epoch(context)
            return try await document("Epoch \(epoch) is not closed, or not signed yet.") { () throws(MeteringError) in
                try await epochs.commitment(of: epoch)
            }
        }
        router.get("/api/v1/proofs/:customer/epochs/:epoch") { _, context in
            let (customer, epoch) = (try context.readableCustomer(), try Self.epoch(context))
            return try await document("Epoch \(epoch) says nothing about this customer.") { () throws(MeteringError) in
                try await epochs.totalProof(of: customer, in: epoch)
            }
        }
        router.get("/api/v1/proofs/:customer/receipts/:sequence") { _, context in
            let (customer, sequence) = (try context.readableCustomer(), try Self.number("sequence", context))
            return try await document("No epoch holds this receipt yet.") { () throws(MeteringError) in
                try await epochs.inclusionProof(of: customer, sequence: sequence)
            }
        }
    }

    private func list(_ request: Request) async throws -> Response {
        let parameters = request.uri.queryParameters
        let limit = parameters["limit"].map { Int($0) } ?? 20
        guard let limit, (1...Self.pageLimit).contains(limit) else {
            throw APIErrorResponse(400, "limit must be from 1 to \(Self.pageLimit).")
        }
        let before = try parameters["before"].map { text in
            guard let number = Int64(text) else {
                throw APIErrorResponse(400, "before must be the number of an epoch.")
            }
            return Epoch(number)
        }
        return try await document("") { () throws(MeteringError) in
            .object(["data": .array(try await epochs.commitments(before: before, limit: limit))])
        }
    }

    private func document(
        _ missing: String, _ make: () async throws(MeteringError) -> CanonicalJSON?
    ) async throws -> Response {
        let json: CanonicalJSON?
        do throws(MeteringError) { json = try await make() } catch {
            logger.error("the oracle's documents cannot be read", metadata: ["error": "\(error)"])
            throw APIErrorResponse(503, "The oracle's documents cannot be read now; the gateway's log says why.")
        }
        guard let json else { throw APIErrorResponse(404, missing) }
        return Response.json(json.text)
    }

    private static func epoch(_ context: GatewayRequestContext) throws(APIErrorResponse) -> Epoch {
        Epoch(try number("epoch", context))
    }

    private static func number(_ name: String, _ context: GatewayRequestContext) throws(APIErrorResponse) -> Int64 {
        guard let text = context.parameters.get(name), let number = Int64(text) else {
            throw APIErrorResponse(400, "The \(name) in the path must be a whole number.")
        }
        return number
    }
}

extension GatewayRequestContext {
    /// The customer that the path names, when the caller may see what is its own: the customer itself, and the
    /// administrator.
    func readableCustomer() throws(APIErrorResponse) -> CustomerID {
        guard let name = parameters.get("customer") else {
            throw APIErrorResponse(404, "There is nothing at this path.")
        }
        guard isAdministrator || principal?.customer.rawValue == name else {
            // The same for customers that exist and those that do not.
            throw APIErrorResponse(403, "This key does not belong to the customer in the path.")
        }
        return CustomerID(rawValue: name)
    }
}
