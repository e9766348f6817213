import HTTPTypes
import Logging
import Metering
import NIOCore

/// Meters batches that have ended and whose results nobody downloaded.
struct BatchReconciler: Sendable {
    let routes: BatchRoutes
    let store: any UsageStore
    let settings: GatewayConfiguration.Batches
    let logger: Logger
    let wallClock: @Sendable () -> Timestamp

    /// Results are kept by the API for 29 days; after that the batch's usage cannot be known any more.
    private static let resultsLifetime: Int64 = 30 * 86_400_000

    /// Looks at open batches again and again, until cancelled.
    func run() async {
        while !Task.isCancelled {
            await reconcile()
            do {
                try await Task.sleep(nanoseconds: UInt64(max(0, settings.reconcileInterval.nanoseconds)))
            } catch {
                return  // Cancelled: the server stops.
            }
        }
    }

    /// Looks at the open batches once.
    func reconcile() async {
        do {
            for batch in try await store.openBatches(limit: settings.reconcileLimit) {
                try Task.checkCancellation()
                await reconcile(batch)
            }
        } catch is CancellationError {
            return
        } catch {
            logger.error("open batches cannot be read", metadata: ["error": "\(error)"])
        }
    }

    private func reconcile(_ batch: BatchRecord) async {
        do {
            if let object = try await routes.describe(batch, [:]) {
                guard object.hasEnded else { return }
                try await routes.meterResults(of: batch, endedAt: object.ended ?? wallClock())
                logger.info("a batch was metered", metadata: ["batch": "\(batch.id)"])
            } else if wallClock().milliseconds - batch.created.milliseconds > Self.resultsLifetime {
                logger.error("a batch is gone before its results were metered", metadata: ["batch": "\(batch.id)"])
                try await store.closeBatch(id: batch.id, at: wallClock())
            }
        } catch {
            logger.warning("a batch cannot be metered yet", metadata: ["batch": "\(batch.id)", "error": "\(error)"])
        }
    }
}
