import ChainPrimitives
import Foundation
import Testing

@testable import Flow

/// The published and computed values that the tests compare with (`flow_vectors.json`).
struct Vectors {
    static let document: JSONDocument = {
        do {
            guard
                let url = Bundle.module.url(
                    forResource: "flow_vectors", withExtension: "json", subdirectory: "Fixtures")
            else { throw CocoaError(.fileNoSuchFile) }
            return try JSONDocument([UInt8](Data(contentsOf: url)))
        } catch {
            fatalError("the vectors cannot be read: \(error)")
        }
    }()

    static var root: JSONNode { document.root }

    /// The elements of a list under `keys`.
    static func list(_ keys: StaticString...) throws -> [JSONNode] {
        var node = root
        for key in keys { node = try node[key] }
        return try node.elements { (node) throws(FlowError) in node }
    }
}

extension JSONNode {
    /// The text of a member.
    func text(_ key: StaticString) throws -> String { try self[key].string() }
    /// The bytes of a member in hexadecimal.
    func bytes(_ key: StaticString) throws -> [UInt8] { try Hex.decode(try text(key), allowsPrefix: true) }
    /// A member that is a number.
    func number(_ key: StaticString) throws -> UInt64 { try #require(UInt64(try self[key].numberText())) }
    /// The node's own text, whole.
    var source: [UInt8] {
        let node = document.nodes[index]
        return node.kind == .string
            ? Array(document.bytes[Int(node.start - 1)...Int(node.end)])
            : Array(document.bytes[Int(node.start)..<Int(node.end)])
    }

    /// What the node means, for comparing texts that differ in spaces and order.
    func meaning() throws -> JSONMeaning {
        switch kind {
        case .null: return .null
        case .bool: return .bool(try bool())
        case .number: return .number(try numberText())
        case .string: return .string(try string())
        case .array: return .array(try elements { (node) throws(FlowError) in node }.map { try $0.meaning() })
        case .object:
            var members: [String: JSONNode] = [:]
            try forEachMember { (key, value) throws(FlowError) in members[try key.string()] = value }
            return .object(try members.mapValues { try $0.meaning() })
        }
    }
}

/// A JSON text without its spaces and order.
indirect enum JSONMeaning: Hashable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONMeaning])
    case object([String: JSONMeaning])
}

/// The bytes of a hexadecimal text that the test wrote.
func bytes(_ hex: String) throws -> [UInt8] { try Hex.decode(hex, allowsPrefix: true) }
