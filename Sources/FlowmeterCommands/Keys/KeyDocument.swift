internal import Metering

/// The JSON form of a key, without its secret.
struct KeyDocument: Encodable, Sendable {
    var id: String
    var customer: String
    var name: String
    var created: String
    var revoked: String?

    init(_ key: APIKey) {
        id = key.id.rawValue
        customer = key.customer.rawValue
        name = key.name
        created = key.created.description
        revoked = key.revoked?.description
    }
}
