extension ServerSentEventParser {
    /// The fields of the open event that lie in the current buffer.
    struct EventView {
        var name: UnsafeRawBufferPointer?
        var data: UnsafeRawBufferPointer?
    }

    /// The event whose closing blank line has not come: the parts of it that earlier buffers held.
    struct OpenEvent: Sendable {
        var name: [UInt8] = []
        var data: [UInt8] = []
        var offset = 0
        var hasBegun = false
        var hasData = false
        var isOverlong = false

        mutating func begin(at offset: Int) {
            guard !hasBegun else { return }
            hasBegun = true
            self.offset = offset
        }

        mutating func markOverlong(at offset: Int) {
            begin(at: offset)
            isOverlong = true
            dropData()
        }

        mutating func setName(_ value: UnsafeRawBufferPointer, isTransient: Bool, _ view: inout EventView) {
            view.name = isTransient ? nil : value
            name.removeAll(keepingCapacity: true)
            if isTransient { name.append(contentsOf: value) }
        }

        mutating func addData(_ value: UnsafeRawBufferPointer, isTransient: Bool, _ view: inout EventView) {
            guard !isOverlong else { return }
            if !hasData, !isTransient {
                view.data = value
            } else {
                if let earlier = view.data { data.append(contentsOf: earlier) }
                view.data = nil
                if hasData { data.append(.lineFeed) }
                data.append(contentsOf: value)
            }
            hasData = true
        }

        /// Copies what lies in the current buffer, which is about to go away.
        mutating func keep(_ view: inout EventView) {
            if let value = view.name { name.append(contentsOf: value) }
            if let value = view.data, !isOverlong { data.append(contentsOf: value) }
            view = EventView()
        }

        @inline(__always)
        mutating func reset() {
            if !name.isEmpty { name.removeAll(keepingCapacity: true) }
            if !data.isEmpty { dropData() }
            hasBegun = false
            hasData = false
            isOverlong = false
        }

        func withEvent<R>(_ body: (ServerSentEvent) -> R) -> R {
            name.withUnsafeBytes { name in
                data.withUnsafeBytes { data in
                    body(ServerSentEvent(name: name, data: data, offset: offset, isOverlong: isOverlong))
                }
            }
        }

        private mutating func dropData() {
            data.removeAll(keepingCapacity: data.capacity <= ServerSentEventParser.keptCapacity)
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The value of the field `name` on this line, or `nil` when the line is another field.
    @inline(__always)
    func fieldValue(of name: StaticString) -> UnsafeRawBufferPointer? {
        guard starts(with: name) else { return nil }
        var start = name.utf8CodeUnitCount
        guard start < count else { return view(count..<count) }
        guard self[start] == UInt8(ascii: ":") else { return nil }
        start += 1
        if start < count, self[start] == UInt8(ascii: " ") { start += 1 }
        return view(start..<count)
    }
}

extension UInt8 {
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
}
