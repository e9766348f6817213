/// One header line of a head, as offsets into the head's bytes.
///
/// Heads are limited to 64 KiB, so 16 bits are enough.
package struct HTTPField: Hashable {
    package var kind: HTTPFieldKind
    var nameStart: UInt16
    var nameEnd: UInt16
    /// The value without the white space around it.
    var valueStart: UInt16
    var valueEnd: UInt16
}

/// The header names the gateway acts on.
///
/// Everything else is ``other`` and passes through untouched.
package enum HTTPFieldKind: UInt8, Hashable {
    case other
    // Framing and hop-by-hop (RFC 9110 §7.6.1): never forwarded.
    case connection, contentLength, expect, host, http2Settings, keepAlive, proxyAuthenticate, proxyAuthorization
    case proxyConnection, te, trailer, transferEncoding, upgrade
    // Credentials of the client, and of the upstream.
    case authorization, xAPIKey
    // Read by the gateway, forwarded as they are.
    case contentEncoding, contentType, requestID, claudeAgent, claudeSession
    /// `forwarded`, `via`, `x-forwarded-for`, `x-real-ip` and `origin`: a proxy passed the request on, or a web page sent
    /// it, whatever machine the connection comes from.
    case foreignOrigin
    // Replaced by a narrower one.
    case acceptEncoding
    // Addressed to the gateway: not forwarded.
    case flowmeter, flowmeterSession
    /// `anthropic-ratelimit-*`, `anthropic-priority-*`, `anthropic-fast-*`: the operator's quota, not the customer's.
    case upstreamQuota

    /// Whether the line belongs to one connection only, or to its framing.
    var isHopByHop: Bool {
        switch self {
        case .connection, .contentLength, .expect, .host, .http2Settings, .keepAlive, .proxyAuthenticate,
            .proxyAuthorization, .proxyConnection, .te, .trailer, .transferEncoding, .upgrade:
            true
        default: false
        }
    }

    /// The kind of the header with this name; letter case does not matter.
    init(name: UnsafeRawBufferPointer) {
        self = Self.classify(name)
    }

    private static func classify(_ name: UnsafeRawBufferPointer) -> HTTPFieldKind {
        guard let first = name.first else { return .other }
        switch first | 0x20 {
        case UInt8(ascii: "a"):
            if name.count == 13, name.equalsLowercased("authorization") { return .authorization }
            if name.count == 15, name.equalsLowercased("accept-encoding") { return .acceptEncoding }
            if name.count > 15, name.startsLowercased("anthropic-") {
                if name.startsLowercased("anthropic-ratelimit-") || name.startsLowercased("anthropic-priority-")
                    || name.startsLowercased("anthropic-fast-")
                {
                    return .upstreamQuota
                }
            }
        case UInt8(ascii: "c"):
            switch name.count {
            case 10: if name.equalsLowercased("connection") { return .connection }
            case 12: if name.equalsLowercased("content-type") { return .contentType }
            case 14: if name.equalsLowercased("content-length") { return .contentLength }
            case 16: if name.equalsLowercased("content-encoding") { return .contentEncoding }
            default: break
            }
        case UInt8(ascii: "e"):
            if name.equalsLowercased("expect") { return .expect }
        case UInt8(ascii: "f"):
            if name.equalsLowercased("forwarded") { return .foreignOrigin }
        case UInt8(ascii: "h"):
            if name.equalsLowercased("host") { return .host }
            if name.equalsLowercased("http2-settings") { return .http2Settings }
        case UInt8(ascii: "k"):
            if name.equalsLowercased("keep-alive") { return .keepAlive }
        case UInt8(ascii: "o"):
            if name.equalsLowercased("origin") { return .foreignOrigin }
        case UInt8(ascii: "p"):
            if name.equalsLowercased("proxy-connection") { return .proxyConnection }
            if name.equalsLowercased("proxy-authorization") { return .proxyAuthorization }
            if name.equalsLowercased("proxy-authenticate") { return .proxyAuthenticate }
        case UInt8(ascii: "r"):
            if name.equalsLowercased("request-id") { return .requestID }
        case UInt8(ascii: "t"):
            if name.equalsLowercased("te") { return .te }
            if name.equalsLowercased("trailer") { return .trailer }
            if name.equalsLowercased("transfer-encoding") { return .transferEncoding }
        case UInt8(ascii: "u"):
            if name.equalsLowercased("upgrade") { return .upgrade }
        case UInt8(ascii: "v"):
            if name.equalsLowercased("via") { return .foreignOrigin }
        case UInt8(ascii: "x"):
            if name.equalsLowercased("x-api-key") { return .xAPIKey }
            if name.startsLowercased("x-flowmeter-") {
                return name.equalsLowercased("x-flowmeter-session") ? .flowmeterSession : .flowmeter
            }
            if name.equalsLowercased("x-forwarded-for") || name.equalsLowercased("x-real-ip") { return .foreignOrigin }
            if name.equalsLowercased("x-claude-code-session-id") { return .claudeSession }
            if name.equalsLowercased("x-claude-code-agent-id") { return .claudeAgent }
        default: break
        }
        return .other
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these bytes are `text` (given in lower case), ASCII letter case ignored.
    func equalsLowercased(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && startsLowercased(text)
    }

    /// Whether these bytes begin with `text` (given in lower case), ASCII letter case ignored.
    func startsLowercased(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        let expected = text.utf8Start
        for index in 0..<length {
            let byte = self[index]
            let lowered = byte &- 0x41 < 26 ? byte | 0x20 : byte
            if lowered != expected[index] { return false }
        }
        return true
    }
}
