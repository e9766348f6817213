import NIOCore
import NIOPosix
import NetworkErrors
import Testing

@Suite("What the network said")
struct NetworkProblemTests {
    private struct Other: Error, CustomStringConvertible {
        var description: String { String(repeating: "x", count: 300) }
    }

    @Test func `an error of the system is told in the system's words alone`() {
        let error = IOError(errnoCode: 98, reason: "bind(descriptor:ptr:bytes:): Address already in use")
        #expect(NetworkProblem.text(error) == "Address already in use")
    }

    @Test(arguments: [
        ("127.0.0.1", "Connection refused"), ("nowhere.invalid", "the name nowhere.invalid has no address"),
    ])
    func `a failed connection is told by its last error, or by the name that has no address`(
        host: String, text: String
    ) async {
        let error = await #expect(throws: NIOConnectionError.self) {
            // Port 1 is open to nobody.
            _ = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: host, port: 1)
                .get()
        }
        if let error { #expect(NetworkProblem.text(error) == text) }
    }

    @Test func `anything else is shown as it describes itself, in short`() {
        #expect(NetworkProblem.text(Other()) == String(repeating: "x", count: 200))
    }
}
