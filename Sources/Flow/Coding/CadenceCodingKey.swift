/// A field's name, or an element's number.
struct CadenceCodingKey: CodingKey {
    var stringValue: String
    var intValue: Int?

    init(stringValue: String) { self.stringValue = stringValue }
    init(intValue: Int) {
        stringValue = "[\(intValue)]"
        self.intValue = intValue
    }
}

extension [any CodingKey] {
    /// The path for an error: `lines[0].sku`.
    var pathText: String {
        reduce("") { path, key in
            // The standard library's types number elements with keys of their own.
            let name = key.intValue.map { "[\($0)]" } ?? key.stringValue
            return path.isEmpty || name.hasPrefix("[") ? path + name : "\(path).\(name)"
        }
    }

    /// The error of something at this place that Swift or Cadence has no type for.
    func mismatch(_ message: String, cause: (any Error)? = nil) -> FlowError {
        FlowError(.typeMismatch, isEmpty ? message : "'\(pathText)': \(message)", cause: cause)
    }
}

extension DecodingError {
    /// The place, and what is wrong there.
    var flowError: FlowError? {
        switch self {
        case .dataCorrupted(let context), .keyNotFound(_, let context), .typeMismatch(_, let context),
            .valueNotFound(_, let context):
            context.codingPath.mismatch(context.debugDescription, cause: self)
        @unknown default: nil
        }
    }
}
