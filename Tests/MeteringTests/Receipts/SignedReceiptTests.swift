import Claude
import Metering
import MeteringConformance
import Testing

@Suite("Signed receipts")
struct SignedReceiptTests {
    static let time = Timestamp(milliseconds: 1_795_000_000_000)

    static func event(
        id: String = "msg_1", customer: String = "acme", model: String = "claude-opus-5-5", output: Int64 = 500,
        agent: String? = nil, session: String = "s-1"
    ) -> UsageEvent {
        var record = MessageRecord(
            id: id, model: model, stopReason: "end_turn", hasContent: true, ending: .complete, generatedBytes: 10)
        record.usage.inputTokens = 1_000
        record.usage.outputTokens = output
        return UsageEvent(
            rating: record, id: EventID(rawValue: id), customer: CustomerID(rawValue: customer),
            session: SessionID(rawValue: session), key: .none, requestID: "req_1", agent: agent, time: time,
            catalog: .anthropic, quality: .exact, source: .gateway)
    }

    static func stored(_ event: UsageEvent, sequence: Int64 = 1, previous: Digest32 = .zero) -> StoredEvent {
        StoredEvent(
            event: event, sequence: sequence, previousHash: previous,
            hash: CanonicalReceipt.hash(event, sequence: sequence, previousHash: previous))
    }

    let ring = OperatorKeyRing(at: Timestamp(milliseconds: 0))

    func verifier(_ ring: OperatorKeyRing? = nil) throws -> ReceiptVerifier {
        ReceiptVerifier(keys: try (ring ?? self.ring).publicKeys(), priceBooks: PriceCatalog.anthropic.books)
    }

    @Test("A receipt survives its text form, and verifies")
    func roundTrip() throws {
        for event in [
            Self.event(), Self.event(agent: "sub \"1\" é😀", session: "a\u{7f}\t/"),
            Self.event(model: "claude-unknown-9"), Self.event(output: 1_000_000_000_000),
        ] {
            let receipt = try SignedReceipt(Self.stored(event), signedWith: ring.current)
            let read = try SignedReceipt(text: receipt.text)
            #expect(read == receipt)
            #expect(read.stored.event == event)
            #expect(read.stored.hash == receipt.stored.hash)
            #expect(try verifier().findings(in: receipt.text) == [])
        }
    }

    @Test("Every changed byte of a receipt is caught")
    func everyByte() throws {
        let text = Array(try SignedReceipt(Self.stored(Self.event()), signedWith: ring.current).text.utf8)
        let verifier = try verifier()
        for index in text.indices {
            for change in [1, 0x20] as [UInt8] {
                var changed = text
                changed[index] ^= change
                guard let forged = String(validating: changed, as: UTF8.self) else { continue }
                #expect(!verifier.findings(in: forged).isEmpty, "byte \(index) of \(forged)")
            }
        }
        for count in [0, 1, text.count / 2, text.count - 1] {
            #expect(!verifier.findings(in: String(decoding: text.prefix(count), as: UTF8.self)).isEmpty)
        }
    }

    @Test("The same receipt in another text form is refused")
    func otherForms() throws {
        let text = try SignedReceipt(Self.stored(Self.event()), signedWith: ring.current).text
        let verifier = try verifier()
        for other in [
            text + "\n", " " + text, text.replacing(#","key""#, with: #", "key""#),
            text.replacing(#""version":1"#, with: #""version":1,"x":1"#),
            text.replacing(#""version":1"#, with: #""version":2"#),
            text.replacing(#""version":1"#, with: ##""version":01"##),
            text.replacing(#""charge":"#, with: #""charge":1,"charge":"#),
        ] {
            #expect(other != text)
            guard case .malformed = verifier.findings(in: other).first else {
                Issue.record("accepted: \(other)")
                continue
            }
        }
    }

    @Test("A wrong charge is found even when the operator signed it, and which way it is wrong")
    func wrongCharges() throws {
        let good = Self.event()
        guard case .priced(let due) = good.charge else { throw ConformanceFailure("the event has no price") }
        func findings(_ change: (inout UsageEvent) -> Void) throws -> [ReceiptFinding] {
            var event = good
            change(&event)
            return try verifier().findings(
                in: SignedReceipt(Self.stored(event), signedWith: ring.current).text)
        }
        let one = PicoUSD(1)
        #expect(
            try findings { $0.charge = .priced(due + one) } == [.overcharged(charged: due + one, due: due)])
        #expect(
            try findings { $0.charge = .priced(due - one) } == [.undercharged(charged: due - one, due: due)])
        #expect(try findings { $0.priceBook = .zero } == [.unknownPriceBook(.zero)])
        #expect(
            try findings { $0.charge = .unpriced(missing: [SKU(rawValue: "claude-opus-5-5/input")]) }
                == [.pricedAsUnpriced(due: due)])
        // Half of what is charged has no price in the book that the receipt names.
        let unknown = SKULine(sku: SKU(rawValue: "claude-zzz/input"), quantity: 5)
        #expect(
            try findings {
                $0.lines.append(unknown)
                $0.charge = .priced(due + one)
            } == [.overcharged(charged: due + one, due: due)])
    }

    @Test("Another operator's signature, and one made for another kind of document, are refused")
    func wrongSigners() throws {
        let stored = Self.stored(Self.event())
        let stranger = OperatorKey()
        let receipt = try SignedReceipt(stored, signedWith: stranger)
        #expect(try verifier().findings(in: receipt) == [.unknownKey(stranger.id)])
        let bytes = receipt.bytes
        let forged = String(receipt.text.dropLast(90)) + Base64.encode(try ring.current.sign(bytes, as: .commitment))
        let text = forged.replacing(stranger.id.description, with: ring.current.id.description) + #""}"#
        #expect(try verifier().findings(in: text) == [.wrongSignature])
    }

    @Test("After a rotation both keys verify, and the old one no longer for what came after the overlap")
    func rotation() throws {
        var ring = self.ring
        let old = ring.current
        let before = Self.stored(Self.event())
        let signed = try SignedReceipt(before, signedWith: old)
        try ring.rotate(at: Self.time - 1_000, overlap: 500)
        #expect(ring.current.id != old.id)
        #expect(try verifier(ring).findings(in: signed) == [.keyExpired(old.id)])
        #expect(try verifier(ring).findings(in: SignedReceipt(before, signedWith: ring.current)) == [])

        var later = self.ring
        try later.rotate(at: Self.time, overlap: 1)
        #expect(try verifier(later).findings(in: signed) == [], "signed in the overlap")
        // What is imported late is older than the key that signs it.
        var muchLater = self.ring
        try muchLater.rotate(at: Self.time + 1_000_000, overlap: 0)
        #expect(try verifier(muchLater).findings(in: SignedReceipt(before, signedWith: muchLater.current)) == [])
    }

    @Test("Random events survive signing and reading", arguments: 0..<20 as Range<UInt64>)
    func property(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let store = MemoryUsageStore()
        let texts = ["s", "é", "\"\\", "\u{1}\u{1f}", "日本", "😀", "/", "\u{2028}", "%"]
        let events = (0..<20).map { index in
            Self.event(
                id: "msg_\(index)", output: Int64.random(in: 1...1_000_000, using: &random),
                agent: Bool.random(using: &random) ? texts.randomElement(using: &random) : nil,
                session: texts.shuffled(using: &random).joined())
        }
        _ = try await store.append(events)
        let chain = try await store.events(of: CustomerID(rawValue: "acme"), after: 0, limit: 100)
        #expect(chain.count == 20)
        for stored in chain {
            let receipt = try SignedReceipt(stored, signedWith: ring.current)
            #expect(try SignedReceipt(text: receipt.text).stored == stored, "seed \(seed)")
            #expect(try verifier().findings(in: receipt.text) == [], "seed \(seed)")
        }
    }
}

extension Timestamp {
    fileprivate static func + (time: Timestamp, milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: time.milliseconds + milliseconds)
    }
    fileprivate static func - (time: Timestamp, milliseconds: Int64) -> Timestamp { time + -milliseconds }
}
