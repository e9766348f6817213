/// A point in two or three dimensions of a coordinate system.
public struct BoltPoint: Sendable, Hashable, BoltCodable {
    static let tag2D = UInt8(ascii: "X")
    static let tag3D = UInt8(ascii: "Y")

    /// A coordinate system.
    public struct ReferenceSystem: Sendable, Hashable {
        /// The number of the system (SRID).
        public let id: Int32

        /// Creates a coordinate system from its number.
        public init(id: Int32) { self.id = id }

        /// Longitude and latitude in degrees (WGS 84).
        public static let wgs84 = ReferenceSystem(id: 4326)
        /// Longitude, latitude and height in degrees and metres (WGS 84).
        public static let wgs84With3Dimensions = ReferenceSystem(id: 4979)
        /// A plane.
        public static let cartesian = ReferenceSystem(id: 7203)
        /// Space.
        public static let cartesianWith3Dimensions = ReferenceSystem(id: 9157)
    }

    /// The coordinate system.
    public var system: ReferenceSystem
    /// The first coordinate; the longitude in WGS 84.
    public var x: Double
    /// The second coordinate; the latitude in WGS 84.
    public var y: Double
    /// The third coordinate; `nil` in two dimensions.
    public var z: Double?

    /// Creates a point.
    public init(_ system: ReferenceSystem, x: Double, y: Double, z: Double? = nil) {
        (self.system, self.x, self.y, self.z) = (system, x, y, z)
    }

    /// Decodes a point.
    public init(bolt value: BoltValue) throws(BoltError) {
        let point = try BoltStructure.expect(value, tags: [Self.tag2D, Self.tag3D], count: 3, name: "a point")
        system = ReferenceSystem(id: try point.field(0))
        x = try point.field(1)
        y = try point.field(2)
        z = point.tag == Self.tag3D ? try point.field(3, as: Double.self) : nil
    }

    /// Writes the point.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        writer.writeStructureHeader(tag: z == nil ? Self.tag2D : Self.tag3D, count: z == nil ? 3 : 4)
        writer.write(Int64(system.id))
        writer.write(x)
        writer.write(y)
        if let z { writer.write(z) }
    }
}
