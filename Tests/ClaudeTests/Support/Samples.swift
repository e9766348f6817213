import Foundation
import NIOCore
import Testing

/// A captured HTTP response of `Fixtures/sse`, with its transfer coding taken off.
struct Sample: CustomTestStringConvertible {
    var name: String
    var contentType: String
    var body: [UInt8]

    var testDescription: String { name }

    static func load(_ name: String) throws -> Sample {
        let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/sse/\(name).http")
        let bytes = [UInt8](try Data(contentsOf: url))
        let separator = Array("\r\n\r\n".utf8)
        let end = try #require(bytes.firstRange(of: separator))
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
        let body = Array(bytes[end.upperBound...])
        let contentType = head.split(whereSeparator: \.isNewline).first { $0.hasPrefix("content-type:") }
        return Sample(
            name: name,
            contentType: String(try #require(contentType).dropFirst("content-type:".count)),
            body: head.contains("transfer-encoding: chunked") ? try dechunk(body) : body)
    }

    private static func dechunk(_ bytes: [UInt8]) throws -> [UInt8] {
        var rest = bytes[...]
        var body: [UInt8] = []
        while true {
            let line = try #require(rest.firstRange(of: Array("\r\n".utf8)))
            let size = try #require(Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16))
            if size == 0 { return body }
            body += rest[line.upperBound..<(line.upperBound + size)]
            rest = rest[(line.upperBound + size + 2)...]
        }
    }
}
