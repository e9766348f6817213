public import Metering

extension MerkleSumProof {
    /// The path as JSON: `{"index":…,"size":…,"steps":[{"hash":…,"side":"left","sum":…},…]}`.
    public var json: CanonicalJSON {
        .object([
            "index": .number(index), "size": .number(size),
            "steps": .array(
                path.map { step in
                    .object([
                        "side": .string(step.side.rawValue), "hash": .digest(step.node.hash),
                        "sum": .number(step.node.sum),
                    ])
                }),
        ])
    }

    /// Reads a path.
    ///
    /// - Throws: `invalidInput`.
    init(_ json: CanonicalJSON) throws(MeteringError) {
        var members = try CanonicalJSON.Members(json, of: "the path")
        var path: [Step] = []
        for element in try members.array("steps") {
            var step = try CanonicalJSON.Members(element, of: "a step of the path")
            guard let side = Step.Side(rawValue: try step.string("side")) else {
                throw step.error("side", "is neither left nor right")
            }
            let node = MerkleSumNode(hash: try step.digest("hash"), sum: try step.integer("sum"))
            path.append(Step(side: side, node: node))
            try step.finish()
        }
        self.init(index: try members.integer("index"), size: try members.integer("size"), path: path)
        try members.finish()
    }
}
