extension JSONDocument {
    /// Where in the document an offset is, as `value[0].fields[2].name`; empty for the outermost value.
    func path(to offset: Int) -> String {
        var path = ""
        var index = 0
        while let step = step(into: index, towards: offset) {
            path += step.name
            index = step.index
        }
        return path.first == "." ? String(path.dropFirst()) : path
    }

    /// The error, its message begun with the place that its offset is at.
    func placed(_ error: FlowError) -> FlowError {
        guard let offset = error.offset else { return error }
        let path = path(to: offset)
        guard !path.isEmpty else { return error }
        var error = error
        error.message = "\(path): \(error.message)"
        return error
    }

    /// The member or element of a value that an offset is in; `nil` when there is none further in.
    private func step(into index: Int, towards offset: Int) -> (name: String, index: Int)? {
        let container = nodes[index]
        guard container.kind == .object || container.kind == .array else { return nil }
        var child = index + 1
        var position = 0
        while child < Int(container.next) {
            // A key's place is that of its value.
            let value = container.kind == .object ? child + 1 : child
            if (Int(nodes[child].start)...Int(nodes[value].end)).contains(offset) {
                guard container.kind == .object else { return ("[\(position)]", value) }
                return (".\((JSONText.decoded(bytes, nodes[child]) ?? "?").prefix(80))", value)
            }
            position += 1
            child = Int(nodes[value].next)
        }
        return nil
    }
}
