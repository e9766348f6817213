import CoreMetrics
import PrometheusMetrics
import Testing

@Suite("The registry of metrics")
struct PrometheusRegistryTests {
    @Test func `tells counters, gauges and histograms in the order of their names`() {
        let registry = PrometheusRegistry([
            MetricDefinition("shop.orders", kind: .counter, help: "Orders\ntaken, \\ ever."),
            MetricDefinition(
                "shop.checkout", kind: .histogram(bounds: [250_000_000, 1_000_000_000]), unit: .nanoseconds),
        ])
        let orders = Counter(label: "shop.orders", dimensions: [("to", "b"), ("at.door", "1")], factory: registry)
        orders.increment(by: 3)
        Counter(label: "shop.orders", factory: registry).increment()
        Gauge(label: "shop.open", factory: registry).record(7)
        let checkout = Timer(label: "shop.checkout", factory: registry)
        for duration: Int64 in [1, 250_000_000, 250_000_001, 90_000_000_000] { checkout.recordNanoseconds(duration) }
        #expect(
            registry.text() == #"""
                # TYPE shop_checkout_seconds histogram
                shop_checkout_seconds_bucket{le="0.25"} 2
                shop_checkout_seconds_bucket{le="1"} 3
                shop_checkout_seconds_bucket{le="+Inf"} 4
                shop_checkout_seconds_sum 90.500000002
                shop_checkout_seconds_count 4
                # TYPE shop_open gauge
                shop_open 7
                # HELP shop_orders_total Orders\ntaken, \\ ever.
                # TYPE shop_orders_total counter
                shop_orders_total 1
                shop_orders_total{at_door="1",to="b"} 3

                """#)
    }

    @Test func `lets instruments with the same label and dimensions share their values, in any order`() {
        let registry = PrometheusRegistry()
        let dimensions = [("a", "1"), ("b", "2")]
        Counter(label: "calls", dimensions: dimensions, factory: registry).increment(by: 2)
        Counter(label: "calls", dimensions: dimensions.reversed(), factory: registry).increment(by: 3)
        #expect(registry.text().contains("calls_total{a=\"1\",b=\"2\"} 5\n"))
    }

    @Test func `keeps a series whose instrument is destroyed`() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "calls", factory: registry)
        counter.increment()
        counter.destroy()
        Counter(label: "calls", factory: registry).increment()
        #expect(registry.text() == "# TYPE calls_total counter\ncalls_total 2\n")
    }

    @Test func `reads what is observed at every scrape, and leaves out what is not known`() {
        let registry = PrometheusRegistry()
        let definition = MetricDefinition("memory", kind: .gauge, unit: .bytes, help: "Resident.")
        let reads = ReadingList([5, nil, -6])
        registry.observe(definition, dimensions: [("kind", "rss")]) { reads.next() }
        let head = "# HELP memory_bytes Resident.\n# TYPE memory_bytes gauge\n"
        #expect(registry.text() == head + "memory_bytes{kind=\"rss\"} 5\n")
        #expect(registry.text() == head)
        #expect(registry.text() == head + "memory_bytes{kind=\"rss\"} -6\n")
    }

    @Test func `tells a label of two kinds as the first of them, and loses nothing of it`() {
        let registry = PrometheusRegistry()
        let first = Recorder(label: "size", factory: registry)
        first.record(4)
        Gauge(label: "size", factory: registry).record(9)
        Gauge(label: "size", dimensions: [("more", "x")], factory: registry).record(9)
        #expect(registry.text().contains("size_bucket{le=\"10\"} 1\n"))
        #expect(!registry.text().contains("9"))
    }

    @Test(arguments: [
        ("gen_ai.server.time", "gen_ai_server_time"), ("9lives", "_9lives"), ("é€ x", "___x"), ("", "_"),
        ("a:b", "a:b"), ("calls_total", "calls_total"),
    ])
    func `gives every label a name that Prometheus takes`(label: String, name: String) {
        let registry = PrometheusRegistry()
        Gauge(label: label, factory: registry).record(1)
        #expect(registry.text() == "# TYPE \(name) gauge\n\(name) 1\n")
    }

    @Test func `escapes the values of labels`() {
        let registry = PrometheusRegistry()
        Gauge(label: "g", dimensions: [("model", "a\"b\\c\nd")], factory: registry).record(1)
        #expect(registry.text().hasSuffix(#"g{model="a\"b\\c\nd"} 1"# + "\n"))
    }

    @Test func `takes fractions as the nearest whole number, and nothing that is no number`() {
        let registry = PrometheusRegistry()
        let gauge = Gauge(label: "g", factory: registry)
        for value in [2.6, .nan, .infinity, 1e30] { gauge.record(value) }
        let recorder = Recorder(label: "r", factory: registry)
        for value in [1.4, .nan, -.infinity] { recorder.record(value) }
        FloatingPointCounter(label: "f", factory: registry).increment(by: 2.5)
        let meter = Meter(label: "m", factory: registry)
        meter.set(3.2)
        meter.increment(by: 2.6)
        meter.decrement(by: 1)
        meter.increment(by: Double.nan)
        meter.increment(by: 1e19)
        let text = registry.text()
        #expect(text.contains("\ng 3\n"))
        #expect(text.contains("\nr_sum 1\nr_count 1\n"))
        #expect(text.contains("\nf_total 2\n"))
        #expect(text.contains("\nm 5\n"))
    }

    @Test func `stops a counter at the largest number, and takes nothing from it`() {
        let registry = PrometheusRegistry()
        let counter = registry.makeCounter(label: "c", dimensions: [])
        counter.increment(by: .max)
        counter.increment(by: 5)
        counter.increment(by: -5)
        #expect(registry.text().hasSuffix("c_total \(Int64.max)\n"))
    }

    @Test func `sums durations beyond what 64 bits hold`() {
        let registry = PrometheusRegistry()
        let timer = Timer(label: "t", factory: registry)
        for _ in 0..<3 { timer.recordNanoseconds(.max) }
        #expect(registry.text().contains("t_seconds_sum 27670116110.564327421\n"))
    }
}
