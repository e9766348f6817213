"""What the upstream sends is what the client gets, byte for byte, whatever it is and however it is cut; and back."""
import gzip
import json
import random

import pytest

from harness import until
from wire import Connection, message, raw_scenario, request_bytes

ROUNDS = 60


def event(name, value, rng):
    spaced = rng.random() < 0.5
    data = json.dumps(value, ensure_ascii=False, separators=(", ", ": ") if spaced else (",", ":"))
    end = rng.choice(["\n", "\r\n"])
    return f"event: {name}{end}data: {data}{end}{end}".encode()


def random_text(rng):
    alphabet = "abc \n\"\\/éß東京🌊\u2028\x7f"
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(1, 60)))


def random_stream(rng, number):
    """A stream like the API's, with oddities that the protocol allows; sometimes broken off or garbled."""
    usage = {"input_tokens": rng.randrange(10_000), "output_tokens": 1, "cache_read_input_tokens": rng.randrange(9_000)}
    start = {"id": f"msg_{number}_{rng.getrandbits(60):x}", "type": "message", "role": "assistant", "content": [],
             "model": "claude-opus-5-5", "stop_reason": None, "usage": usage}
    parts = [event("message_start", {"type": "message_start", "message": start}, rng)]
    for index in range(rng.randrange(1, 4)):
        parts.append(event("content_block_start", {"type": "content_block_start", "index": index,
                                                   "content_block": {"type": "text", "text": ""}}, rng))
        for _ in range(rng.randrange(0, 12)):
            parts.append(rng.choice([
                event("content_block_delta", {"type": "content_block_delta", "index": index,
                                              "delta": {"type": "text_delta", "text": random_text(rng)}}, rng),
                event("ping", {"type": "ping"}, rng),
                b": a comment\n\n",
                event("a_new_kind", {"type": "a_new_kind", "x": random_text(rng)}, rng),
            ]))
    for _ in range(rng.randrange(1, 4)):
        parts.append(event("message_delta", {"type": "message_delta", "delta": {"stop_reason": "end_turn"},
                                             "usage": {"output_tokens": rng.randrange(1, 5_000)}}, rng))
    parts.append(event("message_stop", {"type": "message_stop"}, rng))
    body = b"".join(parts)
    fate = rng.random()
    if fate < 0.15:
        body = body[:rng.randrange(len(body))]
    elif fate < 0.3:
        place = rng.randrange(len(body))
        body = body[:place] + rng.randbytes(rng.randrange(1, 40)) + body[place:]
    elif fate < 0.4:
        body += rng.choice([b"\n\n: late\n\n", event("ping", {"type": "ping"}, rng), b"\x00\xff"])
    return body


def random_cut(rng):
    return rng.choice([
        "whole", [1], [rng.randrange(1, 9) for _ in range(5)],
        {"maximum": rng.choice([3, 40, 700]), "seed": rng.getrandbits(30)},
    ])


@pytest.mark.parametrize("seed", range(4))
def test_streams_come_through_byte_for_byte(simulator, gateway, seed):
    rng = random.Random(seed)
    with Connection(gateway.port) as connection:
        for number in range(ROUNDS):
            body = random_stream(rng, f"{seed}_{number}")
            simulator.queue(raw_scenario(body, random_cut(rng)))
            connection.send(request_bytes(message(f"stream {number}")))
            status, headers, got = connection.response()
            assert status == 200
            assert headers["content-type"] == "text/event-stream; charset=utf-8"
            assert got == body, f"seed {seed}, stream {number}"
    assert gateway.is_healthy()


@pytest.mark.parametrize("seed", range(2))
def test_bodies_come_through_byte_for_byte(simulator, gateway, seed):
    rng = random.Random(1_000 + seed)
    with Connection(gateway.port) as connection:
        for number in range(ROUNDS):
            value = {"id": f"msg_{seed}_{number}", "type": "message", "model": "claude-opus-5-5", "x": random_text(rng),
                     "usage": {"input_tokens": rng.randrange(99), "output_tokens": rng.randrange(99)}}
            body = json.dumps(value, indent=rng.choice([None, 1])).encode()
            kind = rng.random()
            if kind < 0.2:
                body = rng.randbytes(rng.randrange(0, 3_000))
            elif kind < 0.3:
                body = body[:rng.randrange(len(body))]
            extra = {}
            if kind > 0.8:
                body, extra = gzip.compress(body), {"headers": {"content-encoding": "gzip"}}
            content_type = rng.choice(["application/json", "application/json; charset=utf-8", "text/plain"])
            simulator.queue(raw_scenario(body, random_cut(rng), content_type, **extra))
            connection.send(request_bytes(message(f"body {number}", stream=False), accept_encoding="gzip"))
            status, headers, got = connection.response()
            assert (status, headers["content-type"]) == (200, content_type)
            assert headers.get("content-encoding") == extra.get("headers", {}).get("content-encoding")
            assert got == body, f"seed {seed}, body {number}"
    assert gateway.is_healthy()


def test_compressed_streams_come_through_and_are_metered(simulator, gateway):
    with Connection(gateway.port) as connection:
        connection.send(request_bytes(
            message("zip", scenario={"wire": {"gzip": True, "chunks": [5]}}), accept_encoding="gzip"))
        _, headers, got = connection.response()
    assert headers["content-encoding"] == "gzip"
    [served] = simulator.messages()
    assert gzip.decompress(got) == simulator.response_body(served["sequence"])
    assert gateway.event(served["message_id"])["quality"] == "exact"


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 413, 429, 500, 503, 504, 529])
def test_upstream_errors_come_through_unmodified(simulator, gateway, status):
    body = b'{"type": "error",  "error": {"type": "odd_error", "message": "\\u00e9 and \xc3\xa9"}, "request_id": "req_1"}\n'
    scenario = raw_scenario(body, "whole", "application/json", headers={
        "request-id": "req_1", "retry-after": "17", "x-should-retry": "false"})
    scenario["raw"]["status"] = status
    simulator.queue(scenario)
    with Connection(gateway.port) as connection:
        connection.send(request_bytes(message()))
        got_status, headers, got = connection.response()
    assert (got_status, got) == (status, body)
    assert (headers["request-id"], headers["retry-after"], headers["x-should-retry"]) == ("req_1", "17", "false")
    assert gateway.events() == []


def test_requests_reach_the_upstream_byte_for_byte(simulator, gateway):
    rng = random.Random(5)
    bodies = []
    with Connection(gateway.port) as connection:
        for number in range(ROUNDS):
            value = message(random_text(rng), stream=False, metadata={"user_id": random_text(rng)}, unknown_field=[1, None])
            body = json.dumps(value, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 2])).encode()
            bodies.append(body)
            if number % 2:
                head = request_bytes(b"", x=str(number)).replace(b"content-length: 0", b"transfer-encoding: chunked")
                connection.send(head)
                while body:
                    size = rng.randrange(1, 200)
                    connection.send(b"%x\r\n%b\r\n" % (len(body[:size]), body[:size]))
                    body = body[size:]
                connection.send(b"0\r\n\r\n")
            else:
                connection.send(request_bytes(body))
            assert connection.response()[0] == 200
    received = [simulator.request_body(entry["sequence"]) for entry in simulator.served()]
    assert received == bodies


def test_headers_pass_but_for_the_credential_and_the_quota(simulator, gateway):
    with Connection(gateway.port) as connection:
        connection.send(request_bytes(
            message(stream=False), key="sk-customer", anthropic_beta="a-2026,b-2027", anthropic_workspace_id="w",
            anthropic_future="1", x_stainless_lang="python", user_agent="me/1", x_claude_code_session_id="s1"))
        status, headers, _ = connection.response()
    assert status == 200
    [served] = simulator.served()
    sent = dict(served["request_headers"])
    for name, value in {"anthropic-beta": "a-2026,b-2027", "anthropic-workspace-id": "w", "anthropic-future": "1",
                        "x-stainless-lang": "python", "user-agent": "me/1", "x-api-key": "sk-ant-upstream-secret",
                        "anthropic-version": "2023-06-01"}.items():
        assert sent[name] == value
    assert headers["request-id"] == served["request_id"]
    assert not any(name.startswith("anthropic-ratelimit-") for name in headers)
    assert gateway.event(served["message_id"])["session"] == "s1"


def test_a_stream_is_relayed_without_buffering(simulator, gateway):
    """Each event arrives while the next one is still held back upstream."""
    simulator.queue({"text": "one two three", "wire": {"delta_length": 4, "pings": 0}, "gates": [
        {"name": f"g{n}", "at": f"event:{n}"} for n in range(8)]})
    with Connection(gateway.port) as connection:
        connection.send(request_bytes(message()))
        simulator.open("g0")
        connection.head()
        for number in range(1, 7):
            simulator.wait_at(f"g{number}")
            chunk = connection.chunk()
            assert chunk.startswith(b"event: ") and chunk.endswith(b"\n\n"), chunk
            simulator.open(f"g{number}")
        simulator.wait_at("g7")
        simulator.open("g7")
        rest = b""
        while chunk := connection.chunk():
            rest += chunk
        assert rest.endswith(b'data: {"type":"message_stop"}\n\n')
    until(gateway.events, "the event")
