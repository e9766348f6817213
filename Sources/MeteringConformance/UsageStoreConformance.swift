import Metering

/// What every `UsageStore` has to do.
///
/// A store's tests run all of ``checks``.
///
///     @Test(arguments: UsageStoreConformance.checks)
///     func `the store conforms`(check: UsageStoreConformance.Check) async throws {
///         try await check.run(harness)
///     }
public enum UsageStoreConformance {
    /// One check: a sentence that has to be true of a store.
    public struct Check: Sendable, CustomStringConvertible {
        /// What has to be true.
        public let description: String
        private let body: @Sendable (UsageStoreHarness) async throws -> Void

        init(_ description: String, _ body: @escaping @Sendable (UsageStoreHarness) async throws -> Void) {
            self.description = description
            self.body = body
        }

        /// Runs the check with stores of its own.
        ///
        /// - Throws: ``ConformanceFailure`` when the sentence is not true, or the error that the store threw.
        public func run(_ harness: UsageStoreHarness) async throws { try await body(harness) }
    }

    /// All checks.
    public static let checks: [Check] =
        appendChecks + chainChecks + arrivalChecks + concurrencyChecks + usageChecks + directoryChecks + batchChecks
        + closeChecks
}

/// Throws unless `condition` holds.
func expect(_ condition: Bool, _ failure: @autoclosure () -> String) throws {
    guard condition else { throw ConformanceFailure(failure()) }
}

/// Throws unless both are equal.
func expect<Value: Equatable>(_ seen: Value, equals expected: Value, _ what: @autoclosure () -> String) throws {
    guard seen == expected else { throw ConformanceFailure("\(what()): expected \(expected), got \(seen)") }
}

/// Throws unless `body` throws an error with this code.
func expect(
    _ code: MeteringError.Code, _ what: @autoclosure () -> String, _ body: () async throws -> Void
) async throws {
    do { try await body() } catch let error as MeteringError where error.code == code { return } catch {
        throw ConformanceFailure("\(what()): expected \(code), got \(error)")
    }
    throw ConformanceFailure("\(what()): expected \(code), got no error")
}
