#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a process has used: CPU of all its threads, time on the clock, and memory at its peak.
struct Resources: CustomStringConvertible {
    var cpu: Int64
    var wall: Int64
    var peakMegabytes: Int64

    static var now: Resources {
        var (cpu, wall, usage) = (timespec(), timespec(), rusage())
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu)
        clock_gettime(CLOCK_MONOTONIC, &wall)
        // RUSAGE_SELF, whose imported type differs between systems.
        getrusage(0, &usage)
        return Resources(cpu: cpu.nanoseconds, wall: wall.nanoseconds, peakMegabytes: Int64(usage.ru_maxrss) / 1_024)
    }

    static func - (lhs: Resources, rhs: Resources) -> Resources {
        Resources(cpu: lhs.cpu - rhs.cpu, wall: lhs.wall - rhs.wall, peakMegabytes: lhs.peakMegabytes)
    }

    /// The same for one of many.
    func per(_ count: Int) -> Resources {
        Resources(
            cpu: cpu / Int64(max(1, count)), wall: wall / Int64(max(1, count)), peakMegabytes: peakMegabytes)
    }

    /// How many of `count` came to a second of CPU.
    func rate(_ count: Int) -> Int64 { Int64(count) * 1_000_000_000 / max(1, cpu) }

    var description: String { "\(cpu / 1_000) µs of CPU, \(wall / 1_000) µs on the clock" }
}

extension timespec {
    var nanoseconds: Int64 { Int64(tv_sec) * 1_000_000_000 + Int64(tv_nsec) }
}
