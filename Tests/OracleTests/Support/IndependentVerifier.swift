import Foundation
import Metering
import Oracle

/// Runs `docs/verify.py`, which shares nothing with the code here.
enum IndependentVerifier {
    static let script = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../docs/verify.py").standardizedFileURL

    /// What it said, and whether it was content.
    static func run(_ directory: URL) throws -> (isContent: Bool, text: String) {
        let output = directory.appending(path: "output.txt")
        try Data().write(to: output)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-B", script.path, directory.path]
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: output)
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus == 0, String(decoding: try Data(contentsOf: output), as: UTF8.self))
    }
}

/// The files that an operator gives out, by path, for a test to change.
struct Evidence {
    var files: [String: String] = [:]

    /// Everything of a world: keys, books, receipts, commitments, and both kinds of proofs.
    init(_ world: World, customers: [CustomerID]) async throws {
        files["keys.json"] = try world.keys().json
        for book in CallFactory.books { files["price-books/\(book.id).txt"] = book.canonicalText }
        let proofs = EpochProofs(world.store, usage: world.usage)
        var receipts = ""
        for customer in customers {
            for stored in try await world.receipts(customer) {
                receipts += try SignedReceipt(stored, signedWith: world.key).text + "\n"
                if let proof = try await proofs.inclusionProof(of: customer, sequence: stored.sequence) {
                    files["proofs/\(customer)-\(stored.sequence).json"] = proof.text
                }
            }
        }
        files["receipts.jsonl"] = receipts
        for document in try await proofs.commitments(before: nil, limit: 100) {
            let signed = try SignedCommitment(text: document.text)
            let epoch = signed.commitment.epoch
            files["commitments/\(epoch).json"] = document.text
            for customer in customers {
                if let proof = try await proofs.totalProof(of: customer, in: epoch) {
                    files["proofs/\(customer)-total-\(epoch).json"] = proof.text
                }
            }
        }
    }

    /// Writes the files to a directory, has them verified, and removes them.
    func verify() throws -> (isContent: Bool, text: String) {
        let directory = FileManager.default.temporaryDirectory.appending(path: "flowmeter-evidence-\(UUID())")
        defer { try? FileManager.default.removeItem(at: directory) }
        for (path, text) in files {
            let file = directory.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return try IndependentVerifier.run(directory)
    }
}
