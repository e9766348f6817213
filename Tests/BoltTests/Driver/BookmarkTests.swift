import Testing

@testable import Bolt

/// Later work sees earlier work.
@Suite struct BookmarkTests {
    /// Answers queries and transactions with numbered bookmarks, and notes what each began with.
    private static func serve(_ side: inout ServerSide, _ seen: Box<[[String]]>) async throws {
        try await side.accept()
        var number = 0
        while let message = try await side.next() {
            if message.tag == 0x11 || message.tag == 0x10 {
                let extra = message.tag == 0x11 ? message.fields[0] : message.fields[2]
                let isPart = message.tag == 0x10 && extra == .map([]) && seen.value.count > number
                if !isPart {
                    var marks: [String] = []
                    if case .list(let list)? = extra["bookmarks"] { marks = list.compactMap(\.text) }
                    seen.change { [marks] in $0.append(marks) }
                }
            }
            switch message.tag {
            case 0x02: return
            case 0x10: try await side.success(["fields": .list([])])
            case 0x12, 0x3F:
                if message.tag == 0x12 { number = seen.value.count }
                try await side.success(["bookmark": .string("b\(seen.value.count)")])
            default: try await side.success()
            }
        }
    }

    @Test("A session sends the bookmark of its last unit of work, of whatever kind")
    func chain() async throws {
        let seen = Box<[[String]]>([])
        try await TestServer.run { side, _ in
            try await Self.serve(&side, seen)
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { $0.maximumPoolSize = 1 }
            defer { driver.close() }
            var configuration = BoltSessionConfiguration()
            configuration.bookmarks = ["x", "a"]
            try await driver.withSession(configuration) { session in
                try await session.run("RETURN 1").consume()
                try await session.withTransaction { _ in }
                try await session.withTransaction { _ in }
                #expect(session.bookmarks == ["b3"])
            }
        }
        #expect(seen.value == [["a", "x"], ["b1"], ["b2"]])
    }

    @Test("The calls of executeQuery see each other, unless they are told not to")
    func shared() async throws {
        let seen = Box<[[String]]>([])
        try await TestServer.run { side, _ in
            try await Self.serve(&side, seen)
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { $0.maximumPoolSize = 1 }
            defer { driver.close() }
            try await driver.executeQuery("RETURN 1")
            try await driver.executeQuery("RETURN 2")
            var alone = BoltQueryConfiguration()
            alone.bookmarks = .none
            try await driver.executeQuery("RETURN 3", configuration: alone)
            try await driver.executeQuery("RETURN 4")
        }
        #expect(seen.value == [[], ["b1"], [], ["b2"]])
    }

    @Test("A manager takes bookmarks from elsewhere and tells its own")
    func manager() async throws {
        let (seen, told) = (Box<[[String]]>([]), Box<[BoltBookmarks]>([]))
        let manager = BoltBookmarkManager(
            initial: ["a"], supplier: { ["z"] }, consumer: { bookmarks in told.change { $0.append(bookmarks) } })
        try await TestServer.run { side, _ in
            try await Self.serve(&side, seen)
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { $0.maximumPoolSize = 1 }
            defer { driver.close() }
            var configuration = BoltSessionConfiguration()
            configuration.bookmarkManager = manager
            try await driver.withSession(configuration) { try await $0.run("RETURN 1").consume() }
            try await driver.withSession(configuration) { try await $0.withTransaction { _ in } }
        }
        #expect(seen.value == [["a", "z"], ["b1", "z"]])
        #expect(told.value.last == ["b2"])
    }
}
