import NIOCore

/// An error of the gateway's own, in the shape of the Messages API.
struct APIErrorResponse: Error, Hashable {
    var status: Int
    /// The API's name of the error, such as `authentication_error`.
    var type: String
    /// What happened and what to do, for the person behind the client.
    var message: String
    /// Header lines beside the usual ones.
    var headers: [Header] = []

    struct Header: Hashable {
        var name: String
        var value: String
    }

    init(_ status: Int, type: String? = nil, _ message: String, headers: [Header] = []) {
        self.status = status
        self.type = type ?? Self.type(of: status)
        self.message = message
        self.headers = headers
    }

    init(_ error: HTTPSyntaxError) {
        self.init(error.status, "The request is not valid HTTP: \(error.reason).")
    }

    /// The API's error type for a status (Messages API reference, errors).
    static func type(of status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 409: "conflict_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 408, 504: "timeout_error"
        case 503, 529: "overloaded_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }

    static func reason(of status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 411: "Length Required"
        case 413: "Content Too Large"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        case 529: "Overloaded"
        default: status < 400 ? "OK" : "Error"
        }
    }

    /// The JSON body.
    func body(requestID: String) -> String {
        "{\"type\":\"error\",\"error\":{\"type\":\"\(type.jsonEscaped)\",\"message\":\"\(message.jsonEscaped)\"},"
            + "\"request_id\":\"\(requestID.jsonEscaped)\"}"
    }

    /// Writes the whole response, head and body; a response to HEAD has no body.
    func write(requestID: String, closes: Bool, toHead: Bool, to out: inout ByteBuffer) {
        let body = body(requestID: requestID)
        out.writeStaticString("HTTP/1.1 ")
        out.writeDecimal(status)
        out.writeString(" \(Self.reason(of: status))\r\ncontent-type: application/json\r\nrequest-id: \(requestID)\r\n")
        for header in headers { out.writeString("\(header.name): \(header.value)\r\n") }
        out.writeLengthLine(body.utf8.count)
        if closes { out.writeStaticString("connection: close\r\n") }
        out.writeStaticString("\r\n")
        if !toHead { out.writeString(body) }
    }
}

extension String {
    /// This text as it stands between the quotes of a JSON string.
    var jsonEscaped: String {
        guard utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) else {
            return self
        }
        var escaped = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": escaped += "\\\""
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            case "\t": escaped += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
