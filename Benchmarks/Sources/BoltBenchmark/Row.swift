import Bolt

/// A row of eight fields, as ingest sends them.
struct Row: BoltEncodable {
    var mid: String
    var sid: String
    var ts: Int
    var role: String
    var model: String
    var tin: Int
    var tout: Int
    var cost: Double

    func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        try writer.writeMapHeader(count: 8)
        try writer.write(key: "mid", mid)
        try writer.write(key: "sid", sid)
        try writer.write(key: "ts", ts)
        try writer.write(key: "role", role)
        try writer.write(key: "model", model)
        try writer.write(key: "tin", tin)
        try writer.write(key: "tout", tout)
        try writer.write(key: "cost", cost)
    }
}

/// Ten thousand rows, those of dev/bench/bolt.py.
func parameters() -> [Row] {
    (0..<10_000).map { index in
        let digits = String(index)
        let id = "msg_" + String(repeating: "0", count: 20 - digits.count) + digits
        return Row(
            mid: id, sid: "session-0000-0000-\(index % 3)", ts: 1_790_000_000_000 + index, role: "assistant",
            model: "claude-opus-5-5", tin: index * 7 % 20_000, tout: index * 3 % 4000, cost: Double(index) * 0.25)
    }
}
