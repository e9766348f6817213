/// Bytes that are not the HTTP/1.1 they should be (RFC 9112), and how to answer them.
package struct HTTPSyntaxError: Error, Hashable, CustomStringConvertible {
    /// The status a server answers with.
    package var status: Int
    /// What is wrong, without repeating any of the bytes: they may hold a credential.
    package var reason: String

    package init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    package var description: String { "\(status): \(reason)" }
}
