import Metering

extension UsageStoreConformance {
    static let directoryChecks = [
        Check("customers are created once, updated, and listed by id") { harness in
            try await harness.withStore { store in
                let limits = SpendLimits(daily: PicoUSD(5), monthly: UsageEvent.chargeLimit, lifetime: .zero)
                let zoe = Customer(id: id("zoe"), name: "Zoë 🜁 “O'Neil”; DROP TABLE", limits: limits, created: time(5))
                let abe = Customer(id: id("abe"), name: "", created: time(9))
                try await store.create(zoe)
                try await store.create(abe)
                try await store.create(zoe)
                try expect(try await store.customers(), equals: [abe, zoe], "customers")
                var changed = zoe
                changed.name = "other"
                try await expect(.alreadyExists, "the same id with other values") { try await store.create(changed) }
                changed.limits = SpendLimits(lifetime: PicoUSD(Int128(Int64.max) * 3))
                try await store.update(changed)
                try expect(try await store.customers(), equals: [abe, changed], "customers after the update")
                try await expect(.notFound, "an update of nobody") {
                    try await store.update(Customer(id: id("nobody"), name: "", created: time(1)))
                }
                try await expect(.invalidInput, "a malformed id") {
                    try await store.create(Customer(id: id("a b"), name: "", created: time(1)))
                }
            }
        },
        Check("keys belong to customers, are revoked for good, and are listed by age") { harness in
            try await harness.withStore { store in
                try await expect(.notFound, "a key of nobody") { try await store.create(key("k1", hash: 1)) }
                try await store.create(Customer(id: id("abe"), name: "", created: time(1)))
                let newest = key("k1", hash: 1, created: 30)
                let second = key("kb", hash: 2, created: 20)
                let first = key("ka", hash: 3, created: 20)
                for key in [newest, second, first] { try await store.create(key) }
                try expect(try await store.keys(), equals: [first, second, newest], "keys")
                try await expect(.alreadyExists, "an id twice") { try await store.create(key("k1", hash: 4)) }
                try await expect(.alreadyExists, "a secret twice") { try await store.create(key("k2", hash: 1)) }
                try await store.revokeKey(second.id, at: time(40))
                try await store.revokeKey(second.id, at: time(50))
                var revoked = second
                revoked.revoked = time(40)
                try expect(try await store.keys(), equals: [first, revoked, newest], "keys after one was revoked")
                try await expect(.notFound, "revoking nothing") {
                    try await store.revokeKey(APIKeyID(rawValue: "none such"), at: time(1))
                }
            }
        },
        Check("the directory's version changes with customers and keys, and with nothing else") { harness in
            try await harness.withStore { store in
                var seen: Set<Int64> = [try await store.directoryVersion()]
                func expectChange(_ what: String) async throws {
                    let version = try await store.directoryVersion()
                    try expect(seen.insert(version).inserted, "\(what): the version is still \(version)")
                }
                var customer = Customer(id: id("abe"), name: "", created: time(1))
                try await store.create(customer)
                try await expectChange("a new customer")
                customer.name = "Abe"
                try await store.update(customer)
                try await expectChange("another name")
                try await store.create(key("k1", hash: 1))
                try await expectChange("a new key")
                try await store.revokeKey(APIKeyID(rawValue: "k1"), at: time(2))
                try await expectChange("a revoked key")
                let version = try await store.directoryVersion()
                var factory = EventFactory(seed: 40)
                _ = try await store.append(factory.events(5))
                try await store.create(customer)
                try await store.revokeKey(APIKeyID(rawValue: "k1"), at: time(3))
                try expect(try await store.directoryVersion(), equals: version, "the version without a change")
            }
        },
        Check("customers and keys are still there when the store is opened again") { harness in
            let customer = Customer(id: id("abe"), name: "Abe", limits: SpendLimits(daily: .dollar), created: time(1))
            try await harness.withReopenedStore { store in
                try await store.create(customer)
                try await store.create(key("k1", hash: 1))
            } then: { store in
                try expect(try await store.customers(), equals: [customer], "customers")
                try expect(try await store.keys(), equals: [key("k1", hash: 1)], "keys")
            }
        },
    ]

    static func id(_ text: String) -> CustomerID { CustomerID(rawValue: text) }
    static func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    static func key(_ id: String, hash: UInt64, created: Int64 = 1) -> APIKey {
        APIKey(
            id: APIKeyID(rawValue: id), secretHash: Digest32(words: (hash, .max, 0, hash)),
            customer: CustomerID(rawValue: "abe"), name: "laptop “é”", created: time(created))
    }
}
