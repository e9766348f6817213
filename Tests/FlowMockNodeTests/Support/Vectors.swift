import Foundation

@testable import FlowMockNode

/// The published and computed vectors for Flow.
enum Vectors {
    static func load() throws -> MockJSON {
        guard let url = Bundle.module.url(forResource: "node_vectors", withExtension: "json", subdirectory: "Fixtures")
        else { throw CocoaError(.fileNoSuchFile) }
        return try MockJSONParser.parse(Array(try Data(contentsOf: url)))
    }
}

extension MockJSON {
    /// The digits of a number.
    var digits: String? { if case .number(let text) = self { text } else { nil } }
}
