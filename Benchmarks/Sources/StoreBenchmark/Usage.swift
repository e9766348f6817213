#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the process has used so far.
struct Usage {
    /// Seconds of CPU of all threads, in the program and in the kernel.
    var cpu: Double
    /// Seconds on the clock.
    var wall: Double
    /// The most memory the process has had, in MB.
    var peakMegabytes: Double

    static var now: Usage {
        var usage = rusage()
        // RUSAGE_SELF, whose imported type differs between systems.
        getrusage(0, &usage)
        #if canImport(Glibc)
            let unit = 1024.0
        #else
            let unit = 1.0
        #endif
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        let elapsed = ContinuousClock.now - start
        return Usage(
            cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            wall: Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18,
            peakMegabytes: Double(usage.ru_maxrss) * unit / 1e6)
    }

    private static let start = ContinuousClock.now

    static func - (lhs: Usage, rhs: Usage) -> Usage {
        Usage(cpu: lhs.cpu - rhs.cpu, wall: lhs.wall - rhs.wall, peakMegabytes: lhs.peakMegabytes)
    }
}
