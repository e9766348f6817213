import Testing

@testable import Gateway

@Suite("Upstream URLs")
struct UpstreamURLTests {
    @Test(
        "a URL is read",
        arguments: [
            ("https://api.anthropic.com", "https://api.anthropic.com", "api.anthropic.com"),
            ("https://api.anthropic.com/", "https://api.anthropic.com", "api.anthropic.com"),
            ("HTTP://localhost:9000/a/b/", "http://localhost:9000/a/b", "localhost:9000"),
            ("http://[::1]:8080", "http://[::1]:8080", "[::1]:8080"),
            ("https://host:443/x", "https://host/x", "host"),
        ])
    func good(_ text: String, _ description: String, _ authority: String) throws {
        let url = try UpstreamURL(text)
        #expect(url.description == description)
        #expect(url.authority == authority)
    }

    @Test(
        "a URL that cannot be right is refused",
        arguments: [
            "", "api.anthropic.com", "ftp://x", "http://", "http://user:secret@host", "http://host:0",
            "http://host:99999",
            "http://host:x", "http://host/?q=1", "http://host/#f", "http://a:1:2", "http://ho st",
            "http://host\r\nx: y",
        ])
    func bad(_ text: String) { #expect(throws: GatewayError.self) { try UpstreamURL(text) } }

    @Test("a key does not print itself")
    func key() throws {
        let key = try UpstreamKey("sk-ant-1")
        #expect(!"\(key) \(String(reflecting: key))".contains("sk-ant"))
        #expect(throws: GatewayError.self) { try UpstreamKey("") }
        #expect(throws: GatewayError.self) { try UpstreamKey("a\r\nb") }
    }
}
