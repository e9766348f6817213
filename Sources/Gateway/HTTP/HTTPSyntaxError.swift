/// Bytes that are not the HTTP/1.1 they should be (RFC 9112), and how to answer them.
struct HTTPSyntaxError: Error, Hashable, CustomStringConvertible {
    /// The status a server answers with.
    var status: Int
    /// What is wrong, without repeating any of the bytes: they may hold a credential.
    var reason: String

    init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    var description: String { "\(status): \(reason)" }
}
