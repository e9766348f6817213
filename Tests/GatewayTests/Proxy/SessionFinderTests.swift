import NIOCore
import Testing

@testable import Gateway

@Suite("Sessions")
struct SessionFinderTests {
    static let uuid = "7e40b2f7-a2ad-48ba-a930-6aa4df64f607"
    static let new =
        #""metadata":{"user_id":"{\"device_id\":\"00\",\"account_uuid\":\"\",\"session_id\":\"\#(uuid)\"}"}"#
    static let old = #""metadata": { "user_id" : "user_00ff_account__session_\#(uuid)" }"#

    static func find(_ body: String, limit: Int = 1 << 20, piece: Int = .max) -> String? {
        var finder = SessionFinder(limit: limit)
        let bytes = Array(body.utf8)
        for start in stride(from: 0, to: bytes.count, by: min(piece, bytes.count)) {
            finder.consume(ByteBuffer(bytes: bytes[start..<min(bytes.count, start + min(piece, bytes.count))]))
        }
        return finder.session
    }

    @Test(
        "the session is found in the body",
        arguments: [
            ("{\(new),\"max_tokens\":1}", uuid), ("{\"model\":\"x\",\(old)}", uuid),
            (#"{"metadata":{"other":[1,{"a":2}],"user_id":"a_session_b_session_c"}}"#, "c"),
            (#"{"metadata":{"user_id":"u-1"}}"#, nil), (#"{"metadata":{"user_id":7}}"#, nil),
            (#"{"metadata":{"user_id":"{\"session_id\":7}"}}"#, nil), (#"{"metadata":null}"#, nil),
            (#"{"metadata":{}}"#, nil), ("{}", nil),
            (#"{"text":"\"metadata\":{\"user_id\":\"x_session_1\"}",\#(new)}"#, uuid),
        ])
    func table(_ body: String, _ session: String?) { #expect(Self.find(body) == session) }

    @Test("the session is found however the body is cut", arguments: 1...64)
    func cuts(_ piece: Int) {
        let padding = String(repeating: #"{"role":"user","metadat":1},"#, count: 50)
        #expect(Self.find("{\"messages\":[\(padding)],\(Self.new)}", piece: piece) == Self.uuid)
    }

    @Test("only so much of the body is searched")
    func limit() {
        let body = String(repeating: " ", count: 5000) + "{\(Self.new)}"
        #expect(Self.find(body, limit: 1000, piece: 500) == nil)
        #expect(Self.find(body, limit: 10_000, piece: 500) == Self.uuid)
    }
}
