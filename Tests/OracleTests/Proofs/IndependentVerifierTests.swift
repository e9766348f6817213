import Foundation
import Metering
import MeteringConformance
import Testing

@testable import Oracle

@Suite("The independent verifier, docs/verify.py")
struct IndependentVerifierTests {
    /// Three epochs of three customers, one of whom has nothing in the second.
    private static func evidence(seed: UInt64) async throws -> Evidence {
        let world = try World()
        var factory = CallFactory(seed: seed)
        let customers = Array(factory.customers.prefix(3))
        for minute in 0..<3 as Range<Int64> {
            for (index, customer) in customers.enumerated() where minute != 1 || index != 0 {
                let count = Int.random(in: 1...5, using: &factory.random)
                _ = try await world.usage.append(
                    (0..<count).map { _ in factory.call(of: customer, at: World.minute(minute)) })
            }
            _ = try await world.worker().run(at: World.minute(minute + 1))
        }
        return try await Evidence(world, customers: customers)
    }

    @Test("is shorter than a hundred lines, and imports nothing but Python's own library")
    func short() throws {
        let text = try String(contentsOf: IndependentVerifier.script, encoding: .utf8)
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 100)
        #expect(
            text.split(separator: "\n").filter { $0.contains("import ") }
                == ["import base64, glob, hashlib, json, os, pathlib, sys, time"])
    }

    @Test("is content with what an honest operator gives out", arguments: [1, 2, 3] as [UInt64])
    func honest(seed: UInt64) async throws {
        let evidence = try await Self.evidence(seed: seed)
        let (isContent, text) = try evidence.verify()
        #expect(isContent, "seed \(seed): \(text)")
        let receipts = evidence.files["receipts.jsonl"]?.split(separator: "\n").count ?? 0
        #expect(text == "verified: \(receipts) receipts, 3 commitments, \(receipts + 8) proofs\n")
    }

    /// A way to cheat: where, what to replace with what, and which objection it must meet.
    struct Forgery: Sendable, CustomStringConvertible {
        var description: String
        var file: @Sendable (String) -> Bool
        var change: @Sendable (String) -> String
        var objection: String

        init(
            _ description: String, in file: @escaping @Sendable (String) -> Bool, objection: String,
            _ change: @escaping @Sendable (String) -> String
        ) {
            self.description = description
            self.file = file
            self.change = change
            self.objection = objection
        }
    }

    private static func digits(_ text: String, after marker: String, _ change: (Int128) -> Int128) -> String {
        guard let range = text.range(of: marker) else { return text }
        let rest = text[range.upperBound...]
        let number = rest.prefix { $0.isNumber }
        guard let value = Int128(number) else { return text }
        return text[..<range.upperBound] + String(change(value)) + rest.dropFirst(number.count)
    }

    static let forgeries = [
        Forgery("a receipt's charge", in: { $0 == "receipts.jsonl" }, objection: "a signature is wrong") {
            digits($0, after: "\"charge\":") { $0 + 1 }
        },
        Forgery("a receipt left out", in: { $0 == "receipts.jsonl" }, objection: "is missing") {
            $0.split(separator: "\n").dropFirst(2).joined(separator: "\n") + "\n"
        },
        Forgery("a commitment's total", in: { $0.hasPrefix("commitments/") }, objection: "a signature is wrong") {
            digits($0, after: "\"sum\":") { $0 + 1 }
        },
        Forgery("an entry's total", in: { $0.contains("-total-") }, objection: "not committed to") {
            digits($0, after: "\"sum\":") { $0 - 1 }
        },
        Forgery("an entry's cumulative total", in: { $0.contains("-total-") }, objection: "not committed to") {
            digits($0, after: "\"cumulative_charge\":") { $0 + 5 }
        },
        Forgery("a proof's index", in: { $0.hasPrefix("proofs/acme-2") }, objection: "for another receipt") {
            digits($0, after: "\"path\":{\"index\":") { $0 == 0 ? 1 : $0 - 1 }
        },
        Forgery("a proof's charge", in: { $0.hasPrefix("proofs/b.corp-1") }, objection: "states another charge") {
            digits($0, after: "{\"charge\":") { $0 + 1 }
        },
        Forgery("a price", in: { $0 == "price-books/old.txt" }, objection: "no price book") {
            $0.replacing("claude-opus-5-5/input 4", with: "claude-opus-5-5/input 3")
        },
        Forgery("a key that is not the operator's", in: { $0 == "keys.json" }, objection: "another's id") {
            $0.replacing("\"public_key\":\"", with: "\"public_key\":\"A")
        },
        Forgery("white space", in: { $0.hasPrefix("commitments/") }, objection: "canonical form") {
            $0.replacing(",\"key\"", with: ", \"key\"")
        },
    ]

    @Test("objects to every forgery", arguments: forgeries)
    func forged(_ forgery: Forgery) async throws {
        var evidence = try await Self.evidence(seed: 1)
        let path = try #require(evidence.files.keys.sorted().first { forgery.file($0) })
        let honest = try #require(evidence.files[path])
        let changed = forgery.change(honest)
        try #require(changed != honest, "the forgery changes nothing")
        evidence.files[path] = changed
        let (isContent, text) = try evidence.verify()
        #expect(!isContent)
        #expect(text.contains(forgery.objection), "\(text)")
    }

    @Test("objects when siblings of a proof are exchanged, or one is left out or added")
    func paths() async throws {
        let honest = try await Self.evidence(seed: 2)
        var tried = 0
        for (path, text) in honest.files where path.contains("-total-") {
            let proof = try TotalProof(text: text)
            guard !proof.path.path.isEmpty else { continue }
            for change in 0..<4 {
                var forged = proof
                switch change {
                case 0: forged.path.path.removeLast()
                case 1: forged.path.path.append(forged.path.path[0])
                case 2: forged.path.path[0].side = forged.path.path[0].side == .left ? .right : .left
                default: forged.path.path[0].node.sum += 1
                }
                var evidence = honest
                evidence.files[path] = forged.json.text
                let isContent = try evidence.verify().isContent
                #expect(!isContent, "\(path), change \(change)")
                tried += 1
            }
            if tried >= 8 { break }
        }
        #expect(tried >= 8)
    }
}
