import Metering
import Oracle
import PrometheusMetrics
import Testing

@testable import FlowmeterCommands

@Suite("The metrics of serve")
struct ServeMetricsTests {
    @Test func `tell of the oracle's steps, and of the ledger once it was compared`() {
        let metrics = ServeMetrics(started: Timestamp(milliseconds: 1_795_467_000_000), spool: nil)
        let step = metrics.oracleStep { Timestamp(milliseconds: 1_795_467_600_250) }
        step(.failure(OracleError(.ledgerFailed, "no answer")))
        step(.success(.closed(Epoch(7))))
        step(.success(.closed(Epoch(8))))
        let before = metrics.registry.text()
        for line in [
            "flowmeter_oracle_failures_total 1", #"flowmeter_oracle_steps_total{step="closed"} 2"#,
            "flowmeter_oracle_last_success_seconds 1795467600.25", "process_start_time_seconds 1795467000",
            #"flowmeter_build_info{version="\#(FlowmeterVersion.current)"} 1"#,
        ] { #expect(before.contains(line + "\n"), "\(line)") }
        #expect(!before.contains("flowmeter_oracle_findings"))
        step(
            .success(
                .reconciled(
                    ReconciliationReport(
                        epoch: Epoch(8), items: 2, moved: .zero, unsettled: .zero, findings: ["a", "b"]))))
        let after = metrics.registry.text()
        #expect(after.contains("flowmeter_oracle_findings 2\n"))
        #expect(after.contains("flowmeter_oracle_reconciled_epoch 8\n"))
    }

    @Test func `tell of the process what the system tells`() {
        #expect(ProcessMetrics.residentBytes(statm: "9000 1500 900 1 0 800 0", pageSize: 4_096) == 6_144_000)
        for unusable in [nil, "", "9000", "9000 many", "9000 9223372036854775807"] {
            #expect(ProcessMetrics.residentBytes(statm: unusable, pageSize: 4_096) == nil)
        }
    }
}
