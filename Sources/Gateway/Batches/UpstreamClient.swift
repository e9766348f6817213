import AsyncHTTPClient
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOSSL
import NetworkErrors

/// Calls to the upstream that are not on the hot path: message batches.
struct UpstreamClient: Sendable {
    let http: HTTPClient
    let url: UpstreamURL
    let key: UpstreamKey
    /// How long a response's head may take.
    let timeout: TimeAmount

    /// A client for the gateway's upstream.
    ///
    /// It must be shut down.
    static func makeHTTPClient(_ configuration: GatewayConfiguration, on group: any EventLoopGroup) throws -> HTTPClient
    {
        var settings = HTTPClient.Configuration()
        // A redirect would carry the operator's key to wherever it leads.
        settings.redirectConfiguration = .disallow
        settings.timeout.connect = configuration.timeouts.upstreamConnect
        settings.timeout.read = configuration.timeouts.upstreamIdle
        settings.httpVersion = .http1Only
        // A client is told at once, and decides itself whether to try again.
        settings.connectionPool.retryConnectionEstablishment = false
        settings.tlsConfiguration = try configuration.makeTLSConfiguration()
        return HTTPClient(eventLoopGroupProvider: .shared(group), configuration: settings)
    }

    /// Sends a request.
    ///
    /// `fields` are a client's, of which only those are forwarded that may be.
    func send(
        _ method: HTTPRequest.Method, _ target: String, fields: HTTPFields, body: HTTPClientRequest.Body? = nil
    ) async throws(UpstreamFailure) -> HTTPClientResponse {
        var request = HTTPClientRequest(
            url: "\(url.isSecure ? "https" : "http")://\(url.authority)\(url.pathPrefix)\(target)")
        request.method = HTTPMethod(rawValue: method.rawValue)
        for field in fields.forwardable(acceptingResponse: false) {
            request.headers.add(name: field.name.rawName, value: field.value)
        }
        request.headers.add(name: "x-api-key", value: key.secret)
        request.headers.add(name: "accept-encoding", value: "identity")
        request.body = body
        do {
            return try await http.execute(request, timeout: timeout)
        } catch let error as HTTPClientError where error == .connectTimeout {
            throw .connect("timeout")
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout {
            throw .timeout
        } catch {
            throw .connect(NetworkProblem.text(error))
        }
    }

    /// Sends a request and reads the whole of a response that is known to be small.
    func fetch(
        _ method: HTTPRequest.Method, _ target: String, fields: HTTPFields, body: HTTPClientRequest.Body? = nil,
        limit: Int = 16 * 1024 * 1024
    ) async throws(UpstreamFailure) -> UpstreamAnswer {
        let response = try await send(method, target, fields: fields, body: body)
        do {
            let body = try await response.body.collect(upTo: limit)
            return UpstreamAnswer(status: Int(response.status.code), fields: HTTPFields(response.headers), body: body)
        } catch is NIOTooManyBytesError {
            throw .malformed("the answer is larger than \(limit) bytes")
        } catch {
            throw .closed
        }
    }
}

/// A whole response of the upstream.
struct UpstreamAnswer: Sendable {
    var status: Int
    var fields: HTTPFields
    var body: ByteBuffer

    var isSuccess: Bool { (200..<300).contains(status) }
}

extension HTTPFields {
    /// The headers of a response of the upstream.
    init(_ headers: HTTPHeaders) {
        self.init()
        for (name, value) in headers {
            if let name = HTTPTypes.HTTPField.Name(name) { append(HTTPTypes.HTTPField(name: name, value: value)) }
        }
    }

    /// What of these may go to the other side: the rules of ``ForwardedHeaders``.
    func forwardable(acceptingResponse isResponse: Bool) -> HTTPFields {
        var nominated: Set<String> = []
        for value in self[values: .connection] {
            for token in value.lowercased().split(whereSeparator: { $0 == "," || $0 == " " }) {
                nominated.insert(String(token))
            }
        }
        return HTTPFields(
            filter { field in
                var name = field.name.canonicalName
                let kind = name.withUTF8 { HTTPFieldKind(name: UnsafeRawBufferPointer($0)) }
                if kind.isHopByHop || nominated.contains(field.name.canonicalName) { return false }
                switch kind {
                case .authorization, .xAPIKey, .acceptEncoding, .flowmeter, .flowmeterSession: return isResponse
                case .upstreamQuota: return !isResponse
                default: return true
                }
            })
    }
}
