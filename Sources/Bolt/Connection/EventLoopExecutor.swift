internal import NIOCore

/// Runs the driver's own steps on a connection's event loop, so that a round trip needs no change of threads.
///
/// Only code of the driver runs here, not a caller's, which could block the loop; unless the caller asked for it.
final class EventLoopExecutor: TaskExecutor {
    let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
