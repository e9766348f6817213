import Metering
import NIOCore

/// `flowmeter-receipt: ID;sha3-256=HASH`: which receipt a call has (docs/receipts.md).
///
/// In the head of a JSON response; in the trailer of a stream, which ends only when its event is durable.
enum ReceiptHeader {
    /// The header's name.
    static let name = "flowmeter-receipt"

    /// Says in a head that the trailer will name the receipt.
    static let announcement = ByteBuffer(string: "trailer: \(name)\r\n")

    /// The header line of an event that was appended; without a hash when the call had been metered before.
    static func line(_ id: EventID, _ outcome: AppendOutcome?) -> ByteBuffer {
        ByteBuffer(string: "\(name): \(value(id, outcome))\r\n")
    }

    /// The header's value.
    static func value(_ id: EventID, _ outcome: AppendOutcome?) -> String {
        guard case .appended(_, let hash)? = outcome else { return id.rawValue }
        return "\(id);sha3-256=\(hash)"
    }
}
