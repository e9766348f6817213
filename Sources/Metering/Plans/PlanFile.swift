internal import Synchronization

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The file with the plans, which may change while the program runs.
public final class PlanFile: Sendable {
    private struct State {
        var content = Data()
        var plans: PlanDirectory?
    }

    /// Where it is.
    public let path: String
    private let state = Mutex(State())

    /// Names the file; nothing is read yet.
    public init(path: String) { self.path = path }

    /// The plans as the file has them now; none when there is no file.
    ///
    /// - Throws: `invalidInput` when the file says something else than plans, and `storeUnavailable` when it cannot be
    ///   read.
    public func load() throws(MeteringError) -> PlanDirectory {
        guard FileManager.default.fileExists(atPath: path) else { return .empty }
        guard let content = FileManager.default.contents(atPath: path) else {
            throw MeteringError(.storeUnavailable, "the plans \(path) cannot be read; make the file readable")
        }
        // It is asked for every few seconds, and nearly always says the same.
        if let known = state.withLock({ $0.content == content ? $0.plans : nil }) { return known }
        let plans: PlanDirectory
        do throws(MeteringError) {
            guard let text = String(validating: content, as: UTF8.self) else {
                throw MeteringError(.invalidInput, "the file is not UTF-8 text")
            }
            plans = try PlanDirectory(json: text)
        } catch {
            throw MeteringError(
                .invalidInput, "\(path): \(error.message); see 'Plans' in docs/ledger.md", cause: error)
        }
        state.withLock { $0 = State(content: content, plans: plans) }
        return plans
    }
}
