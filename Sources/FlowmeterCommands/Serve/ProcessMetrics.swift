internal import FoundationEssentials
internal import Metering
internal import PrometheusMetrics

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Memory, processor time and descriptors, under the names that all Prometheus clients give them.
///
/// What the system does not tell is left out.
enum ProcessMetrics {
    static func register(in registry: PrometheusRegistry, started: Timestamp) {
        registry.observe(
            MetricDefinition(
                "process.start_time", kind: .gauge, unit: .nanoseconds,
                help: "When the program began, in seconds since 1970.")
        ) { started.milliseconds * 1_000_000 }
        registry.observe(
            MetricDefinition("process.cpu", kind: .counter, unit: .nanoseconds, help: "Processor time used.")
        ) { processorNanoseconds() }
        registry.observe(
            MetricDefinition("process.resident_memory", kind: .gauge, unit: .bytes, help: "Memory in use.")
        ) { residentBytes(statm: text(of: "/proc/self/statm"), pageSize: sysconf(Int32(_SC_PAGESIZE))) }
        registry.observe(
            MetricDefinition("process.open_fds", kind: .gauge, help: "Open file descriptors.")
        ) { openDescriptors() }
    }

    /// The second number of Linux's `statm` is the resident set in pages.
    static func residentBytes(statm: String?, pageSize: Int) -> Int64? {
        guard let statm else { return nil }
        let fields = statm.split(separator: " ")
        guard fields.count > 1, let pages = Int64(fields[1]) else { return nil }
        let (bytes, overflows) = pages.multipliedReportingOverflow(by: Int64(pageSize))
        return overflows ? nil : bytes
    }

    private static func processorNanoseconds() -> Int64? {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return nil }
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func text(of path: String) -> String? {
        do { return try String(contentsOfFile: path, encoding: .utf8) } catch {
            // lint: dropped. Not Linux: then this is not known.
            return nil
        }
    }

    private static func openDescriptors() -> Int64? {
        do { return Int64(try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) } catch {
            // lint: dropped. Not Linux: then this is not known.
            return nil
        }
    }
}
