"""However a call ends, what it used is on record: exact, drained or estimated."""
import json
import threading

import pytest

from harness import until
from truth import assert_metered, charge_of, reference_charges
from wire import Connection, message, request_bytes

STOP = b'data: {"type":"message_stop"}\n\n'


def read_stream(connection):
    """The body of a stream, as far as it comes, and whether it ended properly."""
    body = b""
    try:
        connection.head()
        while chunk := connection.chunk():
            body += chunk
        return body, True
    except (EOFError, ConnectionError, ValueError):
        return body, False


def test_a_client_that_leaves_is_metered_in_full(simulator, gateway):
    simulator.queue({"text": "words " * 500, "gates": [{"name": "late", "at": "event:20"}]})
    with Connection(gateway.port) as connection:
        connection.send(request_bytes(message()))
        connection.read_until(b"content_block_delta")
        simulator.wait_at("late")
    assert gateway.events() == []
    simulator.open("late")
    served = until(simulator.sent, "the stream to end")
    event = gateway.event(served[0]["message_id"])
    assert event["quality"] == "drained"
    assert served[0]["usage"]["output_tokens"] == 750
    assert_metered(served, gateway.events())


def test_a_client_that_leaves_before_the_first_byte_is_metered_in_full(simulator, gateway):
    simulator.queue({"gates": [{"name": "first", "at": "head"}]})
    with Connection(gateway.port) as connection:
        connection.send(request_bytes(message()))
        simulator.wait_at("first")
    simulator.open("first")
    [served] = until(simulator.messages, "the message")
    assert gateway.event(served["message_id"])["quality"] == "drained"
    assert_metered([served], gateway.events())


def test_a_client_that_leaves_a_plain_call_is_metered_in_full(simulator, gateway):
    simulator.queue({"gates": [{"name": "middle", "at": "byte:30"}]})
    with Connection(gateway.port) as connection:
        connection.send(request_bytes(message(stream=False)))
        simulator.wait_at("middle")
    simulator.open("middle")
    [served] = until(simulator.sent, "the message")
    assert gateway.event(served["message_id"])["quality"] == "drained"
    assert_metered([served], gateway.events())


@pytest.mark.parametrize("kind", ["truncate", "reset", "error", "finish"])
@pytest.mark.parametrize("place", ["event:1", "event:9", "message_delta", "message_stop"])
def test_a_stream_that_breaks_is_estimated(simulator, gateway, kind, place):
    scenario = {"text": "some words that were already generated " * 10, "fault": {"kind": kind, "at": place}}
    with Connection(gateway.port) as connection:
        connection.send(request_bytes(message(scenario=scenario)))
        body, whole = read_stream(connection)
    assert STOP not in body
    [served] = simulator.messages()
    if kind in ("error", "finish"):
        assert whole
        assert body == simulator.response_body(served["sequence"])
    if kind == "error":
        assert b'"overloaded_error"' in body
    event = gateway.event(served["message_id"])
    assert event["quality"] == "estimated"
    if kind != "reset":
        [charge] = reference_charges([served], [event["time_ms"]])
        assert charge_of(event) == charge
    assert charge_of(event) > 0


def test_an_upstream_that_fails_before_it_answers_costs_nothing(simulator, gateway):
    for scenario in ("overloaded", "rate_limited", "server_error"):
        with Connection(gateway.port) as connection:
            connection.send(request_bytes(message(scenario=scenario)))
            status, _, body = connection.response()
        assert status >= 429 and json.loads(body)["type"] == "error"
    assert gateway.events() == []


def test_an_upstream_that_is_not_there_gets_an_error_in_the_apis_shape(simulator, gateway):
    simulator.kill()
    with Connection(gateway.port) as connection:
        connection.send(request_bytes(message()))
        status, headers, body = connection.response()
    assert status == 502
    assert json.loads(body)["error"]["type"] == "api_error"
    assert json.loads(body)["request_id"] == headers["request-id"]
    assert gateway.is_healthy()


def test_graceful_shutdown_finishes_streams_and_loses_nothing(simulator, gateway):
    count = 20
    simulator.default({"text": "held " * 50, "gates": [{"name": "stop", "at": "message_stop"}]})
    results = []

    def run(number):
        with Connection(gateway.port) as connection:
            connection.send(request_bytes(message(f"stream {number}", stream=True)))
            results.append(read_stream(connection))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    simulator.wait_at("stop", count)
    status = []
    stopping = threading.Thread(target=lambda: status.append(gateway.stop()))
    stopping.start()
    until(lambda: refuses(gateway.port), "the gateway to stop listening")
    assert gateway.process.poll() is None
    simulator.open("stop")
    for thread in [*threads, stopping]:
        thread.join()
    assert status == [0], gateway.log
    assert [whole for _, whole in results] == [True] * count
    assert all(body.endswith(STOP) for body, _ in results)
    served = simulator.messages()
    assert len(served) == count
    assert_metered(served, gateway.events())
    assert all(event["quality"] == "exact" for event in gateway.events())
    gateway.verify()


def refuses(port):
    try:
        with Connection(port) as connection:
            connection.send(request_bytes(b"", path="/healthz", method="GET"))
            return connection.head()[0] != 200
    except (OSError, EOFError):
        return True


def test_the_event_is_stored_before_the_client_sees_the_end(simulator, gateway):
    """The last event of a stream waits for the disk: once it is seen, the store has the call."""
    for number in range(10):
        with Connection(gateway.port) as connection:
            connection.send(request_bytes(message(f"number {number}")))
            connection.read_until(STOP)
            assert len(gateway.events()) == number + 1
