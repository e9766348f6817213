internal import Metering

/// The JSON form of a customer.
struct CustomerDocument: Encodable, Sendable {
    var id: String
    var name: String
    var created: String
    var dailyLimit: String?
    var monthlyLimit: String?
    var lifetimeLimit: String?

    private enum CodingKeys: String, CodingKey {
        case id, name, created
        case dailyLimit = "daily_limit_usd"
        case monthlyLimit = "monthly_limit_usd"
        case lifetimeLimit = "lifetime_limit_usd"
    }

    init(_ customer: Customer) {
        id = customer.id.rawValue
        name = customer.name
        created = customer.created.description
        dailyLimit = customer.limits.daily?.description
        monthlyLimit = customer.limits.monthly?.description
        lifetimeLimit = customer.limits.lifetime?.description
    }
}
