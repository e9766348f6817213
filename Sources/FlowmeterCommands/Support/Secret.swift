/// A text that cannot be printed by accident: interpolating, dumping or logging it shows a placeholder.
struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself.
    let exposed: String
    /// Wraps a secret text.
    init(_ exposed: String) { self.exposed = exposed }
    var description: String { "<secret>" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
