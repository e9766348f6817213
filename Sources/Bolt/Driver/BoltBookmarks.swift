internal import Synchronization

/// Marks of transactions that later work must see; opaque.
public struct BoltBookmarks: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// The marks, as the server gave them.
    public var values: Set<String>

    /// Creates bookmarks from marks that were kept somewhere.
    public init(_ values: some Sequence<String> = []) { self.values = Set(values) }

    /// Creates bookmarks from marks.
    public init(arrayLiteral elements: String...) { values = Set(elements) }

    /// The marks of both.
    public func union(_ other: BoltBookmarks) -> BoltBookmarks { BoltBookmarks(values.union(other.values)) }

    /// Whether there are no marks.
    public var isEmpty: Bool { values.isEmpty }
}

/// Keeps the bookmarks of sessions that must see each other's work.
public final class BoltBookmarkManager: Sendable {
    private struct State {
        var bookmarks: Set<String>
        /// They changed, and the consumer has not been told.
        var isNews = false
    }

    private let state: Mutex<State>
    private let supplier: (@Sendable () async throws -> BoltBookmarks)?
    private let consumer: (@Sendable (BoltBookmarks) async -> Void)?

    /// Creates a manager.
    ///
    /// - Parameters:
    ///   - initial: The bookmarks to begin with.
    ///   - supplier: Gives bookmarks from elsewhere, such as another process, for each unit of work.
    ///   - consumer: Is told the bookmarks whenever they change.
    public init(
        initial: BoltBookmarks = [], supplier: (@Sendable () async throws -> BoltBookmarks)? = nil,
        consumer: (@Sendable (BoltBookmarks) async -> Void)? = nil
    ) {
        state = Mutex(State(bookmarks: initial.values))
        self.supplier = supplier
        self.consumer = consumer
    }

    /// The bookmarks that a unit of work must see.
    func current() async throws(BoltError) -> Set<String> {
        let own = state.withLock { $0.bookmarks }
        guard let supplier else { return own }
        do { return own.union(try await supplier().values) } catch {
            throw BoltError(.invalidConfiguration, "the bookmark supplier failed: \(type(of: error))")
        }
    }

    /// Replaces the bookmarks that a unit of work began with by the one it ended with.
    func replace(_ previous: Set<String>, by new: String) {
        state.withLock { state in
            state.bookmarks.subtract(previous)
            state.bookmarks.insert(new)
            state.isNews = true
        }
    }

    /// Tells the consumer the bookmarks, if they have changed.
    func publish() async {
        guard let consumer else { return }
        let news = state.withLock { state -> Set<String>? in
            guard state.isNews else { return nil }
            state.isNews = false
            return state.bookmarks
        }
        if let news { await consumer(BoltBookmarks(news)) }
    }
}
