import NIOCore

/// What works on one request of a client connection.
///
/// All calls come on the connection's event loop.
protocol ClientExchange: AnyObject {
    func requestBody(_ bytes: ByteBuffer)
    func requestEnd()
    /// Nothing more of the request is there for now.
    func requestReadComplete()
    /// The client takes bytes again, or does not.
    func clientWritabilityChanged(_ isWritable: Bool)
    /// The client's connection is gone.
    ///
    /// Nothing is called after it.
    func clientLeft()
}
