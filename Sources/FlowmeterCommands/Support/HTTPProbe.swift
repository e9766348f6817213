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
        var request = HTTPClientRequest(url: url)
        request.method = method == .head ? .HEAD : .GET
        return try await send(request, seconds: seconds) { response in
            Answer(status: Int(response.status.code), date: response.headers.first(name: "date"))
        }
    }

    /// The status and body that come back for a JSON document, or `nil` when there is no whole answer in time.
    static func post(
        _ json: String, to url: String, seconds: Int64
    ) async throws -> (status: Int, body: String)? {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: json))
        return try await send(request, seconds: seconds) { response in
            let body = try await response.body.collect(upTo: 1 << 16)
            return (Int(response.status.code), String(buffer: body))
        }
    }

    private static func send<Value: Sendable>(
        _ request: HTTPClientRequest, seconds: Int64,
        _ read: (HTTPClientResponse) async throws -> Value
    ) async throws -> Value? {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(seconds)
        configuration.redirectConfiguration = .disallow
        // One refused connection is an answer; without this the client tries until the time is up.
        configuration.connectionPool.retryConnectionEstablishment = false
        return try await HTTPClient.withHTTPClient(configuration: configuration) { client in
            do {
                return try await read(try await client.execute(request, timeout: .seconds(seconds)))
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                return nil
            }
        }
    }
}
