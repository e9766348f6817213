import Metering
import Oracle
import OracleChaos

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Does an oracle's steps on files, as far as it gets.
///
/// OracleChaosWorker DIRECTORY HOLDER MILLISECONDS [POINT]
///
/// MILLISECONDS is the time on the oracle's clock. It writes a line before and after each durable write, and kills itself with
/// SIGKILL at line POINT, counted from 0. When it gets to its end it writes what it did.
@main
enum Main {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard (4...5).contains(arguments.count), let milliseconds = Int64(arguments[3]) else {
            print("usage: OracleChaosWorker DIRECTORY HOLDER MILLISECONDS [POINT]")
            exit(2)
        }
        let killer = Killer { isLast in
            writeLine("write")
            if isLast { kill(getpid(), SIGKILL) }
        }
        if arguments.count == 5 { killer.arm(Int(arguments[4])) }
        let files = ChaosFiles(directory: arguments[1])
        let (usage, store, ledger) = (try files.usage(), try files.store(), try files.ledger())
        let attestor = PublisherAttestor { () throws(OracleError) in
            do throws(MeteringError) {
                return try files.keys.loadOrCreate(at: Timestamp(milliseconds: milliseconds)).current
            } catch {
                throw OracleError(.storeUnavailable, error.message, cause: error)
            }
        }
        let worker = OracleWorker(
            .init(
                usage: usage, store: CrashingOracleStore(store, killer), attestor: attestor, ledger: ledger,
                channel: CrashingSettlement(ledger, killer), plans: files.plans),
            holder: arguments[2], policy: ChaosFiles.policy)
        do {
            for progress in try await worker.run(at: Timestamp(milliseconds: milliseconds), limit: 50) {
                writeLine("\(progress)")
            }
        } catch {
            writeLine("\(error)")
            exit(1)
        }
        // Left open, as by a process that ends without a chance to tidy up.
        exit(0)
    }

    /// Written at once: what is in a buffer would be lost with the process, though it is true.
    private static func writeLine(_ text: String) {
        let line = Array("\(text)\n".utf8)
        _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
