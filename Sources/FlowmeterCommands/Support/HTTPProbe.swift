internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Asks a server one question, and takes any trouble as an answer too.
enum HTTPProbe {
    /// The method of a question.
    enum Method: String, Sendable { case get = "GET", head = "HEAD" }

    /// What came back.
    struct Answer: Sendable {
        var status: Int
        var date: String?
    }

    /// The status that the server answers with, or `nil` when it cannot be reached in time.
    static func status(of method: Method, _ url: String, seconds: Int64) async throws -> Int? {
        try await ask(method, url, seconds: seconds).map(\.status)
    }

    /// The answer, or `nil` when the server cannot be reached in time.
    static func ask(_ method: Method, _ url: String, seconds: Int64) async throws -> Answer? {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(seconds)
        configuration.redirectConfiguration = .disallow
        // One refused connection is an answer; without this the client tries until the time is up.
        configuration.connectionPool.retryConnectionEstablishment = false
        return try await HTTPClient.withHTTPClient(configuration: configuration) { client in
            var request = HTTPClientRequest(url: url)
            request.method = method == .head ? .HEAD : .GET
            do {
                let response = try await client.execute(request, timeout: .seconds(seconds))
                return Answer(status: Int(response.status.code), date: response.headers.first(name: "date"))
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                return nil
            }
        }
    }
}
