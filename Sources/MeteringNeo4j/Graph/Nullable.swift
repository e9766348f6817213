internal import Bolt

/// A parameter that may be null, said so that the compiler need not ask whether it was meant.
struct Nullable<Value: BoltEncodable>: BoltEncodable {
    var value: Value?

    init(_ value: Value?) { self.value = value }

    func encode(to writer: inout PackStreamWriter) throws(BoltError) { try value.encode(to: &writer) }
}
