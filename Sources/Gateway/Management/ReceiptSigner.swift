import Metering
import Synchronization

/// Signs receipts when they are read, with the operator's present key.
///
/// The key file is read again when the last look is older than ``refreshInterval``, so that a rotation is taken up.
final class ReceiptSigner: Sendable {
    /// How long a key ring is used before the file is looked at again, in milliseconds.
    static let refreshInterval: Int64 = 30_000

    private struct Known {
        var ring: OperatorKeyRing
        var read: Timestamp
    }

    private let file: OperatorKeyFile
    private let known = Mutex<Known?>(nil)

    init(file: OperatorKeyFile) { self.file = file }

    /// The operator's keys, made when there are none yet.
    func ring(now: Timestamp) throws(MeteringError) -> OperatorKeyRing {
        let fresh = known.withLock { known -> OperatorKeyRing? in
            guard let known else { return nil }
            let age = now.milliseconds - known.read.milliseconds
            return (0..<Self.refreshInterval).contains(age) ? known.ring : nil
        }
        if let fresh { return fresh }
        let ring = try file.loadOrCreate(at: now)
        known.withLock { $0 = Known(ring: ring, read: now) }
        return ring
    }
}
