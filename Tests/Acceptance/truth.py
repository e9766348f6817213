"""What a served message must cost, from the record of the simulator and a program that shares nothing with ours."""
import json
import subprocess
import sys
import tempfile
from decimal import Decimal

from harness import ROOT

REFERENCE = ROOT / "Tests/MeteringTests/Reference/rating_reference.py"
PRICES = ROOT / "Tests/MeteringTests/Fixtures/claude_prices.json"


def reference_charges(served, times):
    """The charge of each served message in 10^-12 USD, computed by a program that shares nothing with the gateway."""
    lines = []
    for message, time_ms in zip(served, times, strict=True):
        told = message["told"]
        usage = dict(told["usage"], server_tool_use={"web_search_requests": told["usage"]["web_search_requests"]})
        # On the wire, an entry without a model of its own has no such member.
        usage["iterations"] = [{k: v for k, v in entry.items() if v is not None} for entry in usage["iterations"]]
        record = {
            "usage": usage, "model": message["model"], "stop_reason": told["stop_reason"], "problem": None,
            "has_content": told["has_content"], "generated_bytes": told["generated_bytes"],
            "ending": "complete" if told["ending"] == "complete" else "truncated",
        }
        lines.append(json.dumps({"time": time_ms, "book": None, "record": record}))
    with tempfile.TemporaryDirectory() as books, tempfile.NamedTemporaryFile("w", suffix=".jsonl") as cases:
        cases.write("\n".join(lines) + "\n")
        cases.flush()
        out = subprocess.run(
            [sys.executable, str(REFERENCE), str(PRICES), books, cases.name], capture_output=True, text=True,
            check=True).stdout
    return [None if line == "unpriced" else int(line) for line in out.splitlines()]


def charge_of(event):
    """The charge of an event in 10^-12 USD; `None` when it has no price."""
    if "charge_usd" not in event:
        return None
    pico = Decimal(event["charge_usd"]) * 10**12
    assert pico == int(pico), event["charge_usd"]
    return int(pico)


def tokens_of(event):
    """Quantities by dimension, summed over models."""
    sums = {}
    for line in event["lines"]:
        dimension = line["sku"].rsplit("/", 1)[-1].split("+")[0]
        sums[dimension] = sums.get(dimension, 0) + line["quantity"]
    return sums


def tokens_served(entry):
    """The same from what the simulator told, for a message without iterations."""
    usage = entry["told"]["usage"]
    split = usage["cache_creation"] or {}
    one_hour = split.get("ephemeral_1h_input_tokens", 0)
    sums = {
        "input": usage["input_tokens"], "output": usage["output_tokens"],
        "cache_read": usage["cache_read_input_tokens"], "cache_write_1h": one_hour,
        "cache_write_5m": usage["cache_creation_input_tokens"] - one_hour,
        "web_search": usage["web_search_requests"],
    }
    return {name: count for name, count in sums.items() if count}


def event_id(entry):
    """The id under which a served message is billed: results of batches by the batch and their place in it."""
    if entry["kind"] == "batch_result":
        return f"batch:{entry['batch_id']}:{entry['custom_id']}"
    return entry["message_id"]


def assert_metered(served, events):
    """Checks that the events are those of the served messages: each once, to the last token and 10^-12 USD."""
    by_id = {}
    for event in events:
        assert event["id"] not in by_id, f"{event['id']} is stored twice"
        by_id[event["id"]] = event
    expected = {event_id(entry): entry for entry in served}
    missing = [expected[id] for id in expected.keys() - by_id.keys()]
    surplus = [by_id[id] for id in by_id.keys() - expected.keys()]
    assert not missing and not surplus, f"missing: {missing}\nsurplus: {surplus}"
    ordered = [by_id[event_id(entry)] for entry in served]
    charges = reference_charges(served, [event["time_ms"] for event in ordered])
    for entry, event, charge in zip(served, ordered, charges, strict=True):
        assert charge_of(event) == charge, (entry, event)
        assert event["model"] == entry["model"]
        if entry["kind"] == "message":
            assert event["request_id"] == entry["request_id"]
        told = entry["told"]
        if not told["usage"]["iterations"] and told["ending"] == "complete" and told["has_content"]:
            assert tokens_of(event) == tokens_served(entry)
