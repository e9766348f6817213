import Metering
import Testing

@Suite("Base64")
struct Base64Tests {
    @Test(
        "The examples of RFC 4648 §10 hold in both directions",
        arguments: zip(
            ["", "f", "fo", "foo", "foob", "fooba", "foobar"],
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]))
    func examples(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test("All byte values survive", arguments: 0...66)
    func roundTrip(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 251 &+ count) }
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }

    @Test(
        "A second text for the same bytes is refused",
        arguments: [
            "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v\n", " Zm9v", "Zm-v", "====", "Z===", "Zm=v", "Zg==Zg==",
        ])
    func refused(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
