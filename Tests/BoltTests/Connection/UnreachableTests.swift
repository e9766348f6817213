import Testing

@testable import Bolt

@Suite("A server that cannot be reached")
struct UnreachableTests {
    @Test("is told in the system's words, not in those of the network library")
    func refused() async throws {
        let driver = try BoltDriver.test("bolt://127.0.0.1:1")
        defer { driver.close() }
        let error = await #expect(throws: BoltError.self) { try await driver.verifyConnectivity() }
        #expect(error?.message == "the server cannot be reached: Connection refused")
    }
}
