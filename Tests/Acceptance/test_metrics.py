"""What `serve` tells Prometheus, read by Prometheus's own parser, against what the simulator says it served."""
import json
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

import harness


def scrape(gateway):
    with urllib.request.urlopen(f"{gateway.url}/metrics") as answer:
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        families = list(text_string_to_metric_families(answer.read().decode()))
    names = [family.name for family in families]
    assert len(names) == len(set(names))
    return {family.name: family for family in families}


def value(families, name, sample, **labels):
    return sum(s.value for s in families[name].samples
               if s.name == sample and all(s.labels[key] == text for key, text in labels.items()))


def call(gateway, model="claude-opus-5-5", stream=False, **more):
    body = {"model": model, "max_tokens": 64, "stream": stream, "messages": [{"role": "user", "content": "Hello"}], **more}
    request = urllib.request.Request(
        f"{gateway.url}/v1/messages", json.dumps(body).encode(),
        {"content-type": "application/json", "anthropic-version": "2023-06-01"})
    with urllib.request.urlopen(request) as answer:
        answer.read()


def test_what_is_scraped_is_what_was_served(gateway, simulator):
    for number in range(6):
        call(gateway, stream=number % 2 == 0)
    families = harness.until(
        lambda: (found := scrape(gateway)) and value(
            found, "flowmeter_gateway_open_calls", "flowmeter_gateway_open_calls") == 0 and found,
        "all calls to end")
    ok = {"http_route": "/v1/messages", "http_response_status_code": "200"}
    assert value(families, "flowmeter_gateway_requests", "flowmeter_gateway_requests_total", **ok) == 6
    assert value(families, "flowmeter_gateway_events", "flowmeter_gateway_events_total", rating="priced") == 6
    served = [entry["usage"] for entry in simulator.served()]
    for kind, count in {
        "input": sum(u["input_tokens"] + u["cache_creation_input_tokens"] + u["cache_read_input_tokens"] for u in served),
        "output": sum(u["output_tokens"] for u in served),
    }.items():
        usage = {"gen_ai_token_type": kind, "gen_ai_response_model": "claude-opus-5-5"}
        assert value(families, "gen_ai_client_token_usage", "gen_ai_client_token_usage_sum", **usage) == count
        assert value(families, "gen_ai_client_token_usage", "gen_ai_client_token_usage_count", **usage) == 6
    duration = "gen_ai_server_request_duration_seconds"
    assert families[duration].type == "histogram"
    assert value(families, duration, f"{duration}_bucket", le="+Inf") == 6
    assert 0 < value(families, duration, f"{duration}_sum") < 6 * harness.PATIENCE
    for name in ["process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"]:
        assert value(families, name, name) > 0
    assert value(families, "process_cpu_seconds", "process_cpu_seconds_total") > 0
