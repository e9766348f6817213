import Metering
import NIOCore

/// `flowmeter-receipt: ID;sha3-256=HASH`: which receipt a call has (docs/receipts.md).
///
/// In the head of a JSON response that is held as a whole; in the trailer of a stream, and of a larger JSON response,
/// which end only when their event is durable.
enum ReceiptHeader {
    /// The header's name.
    static let name = "flowmeter-receipt"

    /// Says in a head that the trailer will name the receipt.
    static let announcement = ByteBuffer(string: "trailer: \(name)\r\n")

    /// The header line; without a hash while the event waits for the store that will give it its place.
    static func line(_ id: EventID, _ hash: ReceiptHash?) -> ByteBuffer {
        ByteBuffer(string: "\(name): \(value(id, hash))\r\n")
    }

    /// The header's value.
    static func value(_ id: EventID, _ hash: ReceiptHash?) -> String {
        guard let hash else { return id.rawValue }
        return "\(id);sha3-256=\(hash)"
    }
}
