import NIOCore
import Testing

@testable import Bolt

/// The agreement on a version.
@Suite struct HandshakeTests {
    private func shake(_ pieces: [[UInt8]]) throws -> (Handshake.Step, rest: [UInt8]) {
        var handshake = Handshake()
        var step = Handshake.Step.wait
        var rest: [UInt8] = []
        for piece in pieces {
            var input = ByteBuffer(bytes: piece)
            if step == .wait { step = try handshake.receive(&input) }
            rest += Array(input.readableBytesView)
        }
        return (step, rest)
    }

    @Test("The proposals are the manifest, 5.8 to 5.0, and 4.4")
    func proposals() {
        #expect(
            Array(Handshake.proposals().readableBytesView) == [UInt8](hex: "6060b017000001ff000808050000040400000000"))
    }

    @Test(
        "A plain answer chooses the version",
        arguments: [("00000405", BoltVersion.v54), ("00000404", .v44), ("00000005", .v50), ("00000805", .v58)])
    func plain(_ hex: String, _ version: BoltVersion) throws {
        let bytes = try #require([UInt8](hex: hex))
        for cut in 0...4 {
            let (step, rest) = try shake([Array(bytes[..<cut]), Array(bytes[cut...]) + [1, 2]])
            #expect(step == .done(version, reply: ByteBuffer()))
            #expect(rest == [1, 2])
        }
    }

    @Test(
        "A manifest is answered with the newest common version",
        arguments: [
            // Recorded: 6.0, 5.8 to 5.0, 4.4 to 4.2; and 6.1 to 6.0 with capabilities of two bytes.
            ("000001ff0300000006000808050002040400", BoltVersion.v60, "0000000600"),
            ("000001ff020001010600080805ff03", .v61, "0000010600"),
            ("000001ff010000080500", .v58, "0000080500"),
            // 5.5 was never released, so 5.4 is the newest in 5.5 to 5.3.
            ("000001ff010002050500", .v54, "0000040500"),
        ])
    func manifest(_ hex: String, _ version: BoltVersion, _ reply: String) throws {
        let bytes = try #require([UInt8](hex: hex))
        let expected = Handshake.Step.done(version, reply: ByteBuffer(bytes: try #require([UInt8](hex: reply))))
        for cut in 0...bytes.count {
            let (step, rest) = try shake([Array(bytes[..<cut]), Array(bytes[cut...]) + [7]])
            #expect(step == expected, "cut at \(cut)")
            #expect(rest == [7])
        }
    }

    @Test(
        "An answer without a common version is an error that says so",
        arguments: [
            ("00000000", BoltError.Code.unsupportedVersion), ("48545450", .protocolViolation),
            ("000002ff", .unsupportedVersion), ("00000505", .unsupportedVersion), ("00000003", .unsupportedVersion),
            ("000001ff010000000700", .unsupportedVersion), ("000001ffffffffffffffffffffff7f", .protocolViolation),
            ("000001ff8110", .protocolViolation),
        ])
    func refusals(_ hex: String, _ code: BoltError.Code) throws {
        let bytes = try #require([UInt8](hex: hex))
        let error = #expect(throws: BoltError.self) { try shake([bytes]) }
        #expect(error?.code == code)
        #expect(error?.isRetryable == false)
    }

    @Test("Variable-length numbers are read", arguments: [("00", 0), ("ff8271", 1_851_775), ("ff03", 0x1FF)])
    func varint(_ hex: String, _ value: UInt64) throws {
        var bytes = ByteBuffer(bytes: try #require([UInt8](hex: hex)))
        #expect(try Handshake.readVarint(&bytes) == value)
    }
}
