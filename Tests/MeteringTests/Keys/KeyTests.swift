import Crypto
import Foundation
import Metering
import Testing

@Suite("API keys")
struct KeyTests {
    @Test("a new secret has the prefix and 256 random bits, and is hashed with SHA-256")
    func generate() {
        let secrets = (0..<100).map { _ in APIKeySecret.generate() }
        #expect(Set(secrets.map(\.text)).count == secrets.count)
        for secret in secrets {
            #expect(secret.text.wholeMatch(of: #/fm_[0-9a-f]{64}/#) != nil)
            #expect(secret.hash.bytes == Array(SHA256.hash(data: Data(secret.text.utf8))))
            #expect(APIKeySecret.hash(of: secret.text) == secret.hash)
        }
    }

    @Test("printing a secret in any way does not show it")
    func redaction() {
        let secret = APIKeySecret.generate()
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])", dumped] {
            #expect(!text.contains(secret.text.dropFirst(3).prefix(8)), "\(text)")
        }
    }

    private func key(_ secret: APIKeySecret, _ id: String, customer: String = "acme", revoked: Timestamp? = nil)
        -> APIKey
    {
        APIKey(
            id: APIKeyID(rawValue: id), secretHash: secret.hash, customer: CustomerID(rawValue: customer), name: "",
            created: Timestamp(milliseconds: 1), revoked: revoked)
    }

    private let acme = Customer(id: CustomerID(rawValue: "acme"), name: "", created: Timestamp(milliseconds: 1))

    @Test("a ring knows the keys that are good, and no others")
    func ring() {
        let good = APIKeySecret.generate()
        let revoked = APIKeySecret.generate()
        let orphan = APIKeySecret.generate()
        let ring = KeyRing(
            customers: [acme],
            keys: [
                key(good, "k1"), key(revoked, "k2", revoked: Timestamp(milliseconds: 2)),
                key(orphan, "k3", customer: "gone"),
            ])
        #expect(ring.entry(forSecret: good.text) == KeyRing.Entry(key: APIKeyID(rawValue: "k1"), customer: acme.id))
        for secret in [
            revoked.text, orphan.text, APIKeySecret.generate().text, "", "fm_", String(good.text.dropLast()),
            good.text + " ", good.text.uppercased(),
        ] {
            #expect(ring.entry(forSecret: secret) == nil)
        }
        #expect(ring.hasKeys)
    }

    @Test("a ring without keys is told from one whose keys were all revoked")
    func hasKeys() {
        #expect(!KeyRing(customers: [acme], keys: []).hasKeys)
        #expect(KeyRing(customers: [acme], keys: [key(.generate(), "k1", revoked: Timestamp(milliseconds: 2))]).hasKeys)
    }

    @Test("a ring is read from a store")
    func fromStore() async throws {
        let store = MemoryUsageStore()
        let secret = APIKeySecret.generate()
        try await store.create(acme)
        try await store.create(key(secret, "k1"))
        #expect(try await KeyRing(store: store).entry(forSecret: secret.text)?.customer == acme.id)
        try await store.revokeKey(APIKeyID(rawValue: "k1"), at: Timestamp(milliseconds: 5))
        #expect(try await KeyRing(store: store).entry(forSecret: secret.text) == nil)
    }
}
