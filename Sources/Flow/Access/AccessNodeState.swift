/// What a client knows of an access node, from the answers that it gave.
public struct AccessNodeState: Sendable, Hashable {
    /// How many blocks a node may be behind another: about half a minute of the networks' time.
    public static let tolerance: UInt64 = 30

    /// The node.
    public var node: AccessNode
    /// The latest sealed height that it named; `nil` when it was not asked for one.
    public var sealedHeight: UInt64?
    /// The latest final height that it named; `nil` when it was not asked for one.
    public var finalHeight: UInt64?
    /// By how many blocks it is behind another node; `nil` when it is not, or by no more than is usual.
    ///
    /// It is asked only when no other node is well.
    public var lag: UInt64?
    /// Whether it has failed, and rests.
    public var isResting: Bool
}
