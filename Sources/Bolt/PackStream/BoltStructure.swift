/// A structure as it was sent: a tag and fields.
///
/// Tags that the driver does not know are kept as they are, so that one such field spoils nothing else.
public struct BoltStructure: Sendable, Hashable {
    /// What the structure is: the tag byte of the protocol.
    public let tag: UInt8
    /// The fields.
    public let fields: BoltList

    /// The structure's name in an error.
    var name: String {
        switch tag {
        case BoltNode.tag: "a node"
        case BoltRelationship.tag, BoltRelationship.unboundTag: "a relationship"
        case BoltPath.tag: "a path"
        case BoltDate.tag: "a date"
        case BoltTime.tag: "a time"
        case BoltLocalTime.tag: "a local time"
        case BoltLocalDateTime.tag: "a local date and time"
        case BoltDateTime.offsetTag, BoltDateTime.zoneTag, BoltDateTime.legacyOffsetTag, BoltDateTime.legacyZoneTag:
            "a date and time"
        case BoltDuration.tag: "a duration"
        case BoltPoint.tag2D, BoltPoint.tag3D: "a point"
        case BoltVector.tag: "a vector"
        case BoltUnsupportedType.tag: "a type that needs a newer driver"
        default: "a structure with the unknown tag \(tag)"
        }
    }

    /// The integer of a field.
    func integer(_ index: Int) -> Int64? { fields[index]?.integer }
}

extension BoltStructure: CustomStringConvertible {
    /// The name and the fields.
    public var description: String {
        "(\(name): " + fields.map(\.description).joined(separator: ", ") + ")"
    }
}
