/// Damages HTTP the way attackers do: a few bytes changed, dropped, doubled, or words put where they do not belong.
struct HTTPMutator {
    private static let words = [
        "\r", "\n", "\r\n", "\r\n\r\n", "\0", " ", "\t", "\u{B}", "\u{7F}", ":", ";", ",", "=", "\"", "\\", "-", "+",
        "0", "f",
        "0x", "ffffffffffffffff", "chunked", "identity", "gzip", "close", "keep-alive", "upgrade",
        "Content-Length: 3\r\n", "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n",
        "Connection: upgrade\r\n", "Upgrade: x\r\n", "Proxy-Connection: close\r\n", "Host: b\r\n", "0\r\n\r\n",
        "HTTP/1.0",
        "GET / HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n", "http://", "@", "#", "?", "é",
    ].map { Array($0.utf8) }

    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func mutation(of inputs: [[UInt8]]) -> [UInt8] {
        guard var bytes = inputs.randomElement(using: &generator) else { return [] }
        for _ in 0..<Int.random(in: 1...3, using: &generator) { mutate(&bytes, inputs) }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8], _ inputs: [[UInt8]]) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 0...8, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.removeSubrange(place..<end)
        case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 3:
            guard let other = inputs.randomElement(using: &generator) else { return }
            bytes = Array(bytes[..<place] + other[Int.random(in: 0...other.count, using: &generator)...])
        default:
            bytes.replaceSubrange(
                place..<(Bool.random(using: &generator) ? end : place),
                with: Self.words.randomElement(using: &generator) ?? [])
        }
    }
}
