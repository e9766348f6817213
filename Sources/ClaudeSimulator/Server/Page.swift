/// The paging of list endpoints: `limit`, `after_id` and `before_id`.
struct Page {
    private let limit: Int
    private let after: String?
    private let before: String?

    init(_ query: [String: String]) throws(APIFailure) {
        guard let limit = Int(query["limit"] ?? "20"), (1...1_000).contains(limit) else {
            throw .invalid("limit: Input should be between 1 and 1000")
        }
        self.limit = limit
        after = query["after_id"]
        before = query["before_id"]
    }

    /// The list object of one page of `all`.
    func object(_ all: [(id: String, json: JSONValue)]) -> JSONValue {
        var range = all[...]
        var page = range
        var hasMore = false
        if let before, let index = all.firstIndex(where: { $0.id == before }) {
            range = all[..<index]
            page = range.suffix(limit)
            hasMore = page.startIndex > all.startIndex
        } else {
            if let after, let index = all.firstIndex(where: { $0.id == after }) { range = all[(index + 1)...] }
            page = range.prefix(limit)
            hasMore = page.endIndex < all.endIndex
        }
        return [
            "data": .array(page.map(\.json)), "has_more": .bool(hasMore),
            "first_id": page.first.map { .string($0.id) } ?? nil, "last_id": page.last.map { .string($0.id) } ?? nil,
        ]
    }
}
