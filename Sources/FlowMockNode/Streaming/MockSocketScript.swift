/// What goes wrong on one WebSocket connection.
///
/// Data messages are counted over the whole connection, from 0.
public struct MockSocketScript: Sendable, Hashable {
    /// The connection is cut when so many data messages have been sent.
    public var dropsAfter: Int?
    /// A close frame with this code goes before the cut.
    public var closeCode: UInt16?
    /// Nothing is sent any more after so many data messages, not even pongs, and the connection stays open.
    public var silentAfter: Int?
    /// The data messages that are sent twice.
    public var duplicates: Set<Int> = []
    /// The data messages that are lost.
    public var losses: Set<Int> = []
    /// Each message is split into frames of so many bytes.
    public var fragmentBytes: Int?
    /// Subscriptions are answered with an error of this code.
    public var refusal: Int?
    /// The data messages instead of which something is sent that no client can understand.
    public var garbage: Set<Int> = []

    /// Nothing goes wrong.
    public init() {}

    /// Cuts the connection after so many data messages.
    public static func drop(after count: Int, closeCode: UInt16? = nil) -> MockSocketScript {
        var script = MockSocketScript()
        script.dropsAfter = count
        script.closeCode = closeCode
        return script
    }

    /// Falls silent after so many data messages.
    public static func silence(after count: Int) -> MockSocketScript {
        var script = MockSocketScript()
        script.silentAfter = count
        return script
    }
}
