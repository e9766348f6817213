/// Names that are given once.
enum Token {
    /// A name that no other store, in whatever process, has given or will give.
    static func make() -> String {
        String(UInt64.random(in: 0 ... .max), radix: 16) + "-" + String(UInt64.random(in: 0 ... .max), radix: 16)
    }
}
