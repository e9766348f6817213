import Claude
import Metering
import NIOCore

/// A message batch as the upstream describes it: its JSON, and the few things the gateway needs to know of it.
struct BatchObject: Sendable {
    /// The object's JSON.
    private(set) var json: [UInt8]
    private(set) var id: String?
    private(set) var processingStatus: String?
    /// When its results were complete.
    private(set) var ended: Timestamp?
    /// Where the value of `results_url` stands in ``json``, when it is a string.
    private var resultsURL: Range<Int>?

    var hasEnded: Bool { processingStatus == "ended" }

    /// Reads an object.
    ///
    /// Unknown members are kept as they are.
    init(_ json: [UInt8]) throws(ClaudeError) {
        self.json = json
        let result: Result<Void, ClaudeError> = json.withUnsafeBytes { raw in
            do throws(ClaudeError) {
                return .success(try read(raw))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private mutating func read(_ raw: UnsafeRawBufferPointer) throws(ClaudeError) {
        var cursor = JSONCursor(raw)
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            let isString = try cursor.peekKind() == .string
            switch key {
            case "id" where isString: id = try cursor.readString()
            case "processing_status" where isString: processingStatus = try cursor.readString()
            case "ended_at" where isString:
                do throws(MeteringError) {
                    ended = try Timestamp(text: try Self.text(&cursor))
                } catch {
                    ended = nil  // Only the choice of the price book depends on it; the present time serves as well.
                }
            case "results_url" where isString: resultsURL = try cursor.skipValue()
            default: _ = try cursor.skipValue()
            }
        }
        try cursor.finish()
    }

    private static func text(_ cursor: inout JSONCursor) throws(MeteringError) -> String {
        do throws(ClaudeError) {
            return try cursor.readString()
        } catch {
            throw MeteringError(.invalidInput, "not a text")
        }
    }

    /// The object with its results at the gateway's own address, so that whoever fetches them comes by here.
    func rewritten(base: String) -> [UInt8] {
        guard let resultsURL, let id else { return json }
        let url = "\"\(base)/v1/messages/batches/\(id)/results\""
        return json[..<resultsURL.lowerBound] + Array(url.utf8) + json[resultsURL.upperBound...]
    }

    /// The elements of `data` in a page of batches, each with its JSON, and whether more follow.
    static func page(_ json: [UInt8]) throws(ClaudeError) -> (objects: [BatchObject], hasMore: Bool) {
        var ranges: [Range<Int>] = []
        var hasMore = false
        let problem: ClaudeError? = json.withUnsafeBytes { raw in
            do throws(ClaudeError) {
                var cursor = JSONCursor(raw)
                try cursor.beginObject()
                while let key = try cursor.nextKey() {
                    switch key {
                    case "data":
                        try cursor.beginArray()
                        while try cursor.nextElement() { ranges.append(try cursor.skipValue()) }
                    case "has_more" where try cursor.peekKind() == .bool: hasMore = try cursor.readBool()
                    default: _ = try cursor.skipValue()
                    }
                }
                try cursor.finish()
                return nil
            } catch {
                return error
            }
        }
        if let problem { throw problem }
        var objects: [BatchObject] = []
        for range in ranges { objects.append(try BatchObject(Array(json[range]))) }
        return (objects, hasMore)
    }

    /// Whether a path segment can be the id of a batch: nothing else is ever put into an upstream path.
    static func isID(_ text: some StringProtocol) -> Bool {
        text.utf8.count <= 128
            && !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
