import Metering
import MeteringSQLite
import Oracle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes what another program needs to make the same epoch: receipts, public keys, prices, and the roots to come to.
enum Export {
    static func run(_ directory: String) async throws {
        let usage = try SQLiteUsageStore(path: directory + "/usage.sqlite", mode: .readOnly)
        let store = try SQLiteOracleStore(path: directory + "/oracle.sqlite", mode: .readOnly)
        let ring = OperatorKeyRing(at: Timestamp(milliseconds: 0))
        try write(try ring.publicKeys().json, to: directory + "/keys.json")
        try write(Calls.book.canonicalText, to: directory + "/price-book.txt")
        var roots = ""
        var receipts = ""
        for entry in try await CommitmentArchive(store).lastEntries(after: nil, limit: .max) {
            roots += "\(entry.customer) \(entry.root.hash) \(entry.root.sum)\n"
            for stored in try await usage.events(of: entry.customer, after: 0, limit: .max) {
                receipts += try SignedReceipt(stored, signedWith: ring.current).text + "\n"
            }
        }
        try write(roots, to: directory + "/roots.txt")
        try write(receipts, to: directory + "/receipts.jsonl")
        try await usage.close()
        try await store.close()
    }

    private static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw ExportError(path: path) }
        let bytes = Array(text.utf8)
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else { throw ExportError(path: path) }
    }

    private struct ExportError: Error { var path: String }
}
