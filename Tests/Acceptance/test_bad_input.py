"""Whatever is sent, the answer is the documented error in the API's shape, and the server stays up."""
import json
import random
import socket
import time

import pytest

from harness import PATIENCE
from wire import Connection, message, request_bytes

LINE = b"POST /v1/messages HTTP/1.1\r\n"
HEAD = LINE + b"host: x\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\n"
GET = b"GET /v1/models HTTP/1.1\r\nhost: x\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\n"


def check(response, status, kind):
    got, headers, body = response
    assert got == status, body
    value = json.loads(body)
    assert value["type"] == "error"
    assert value["error"]["type"] == kind
    assert value["error"]["message"]
    assert headers["request-id"] == value["request_id"]
    assert headers["content-type"].startswith("application/json")


def exchange(gateway, data):
    with Connection(gateway.port) as connection:
        connection.send(data)
        return connection.response()


@pytest.fixture(autouse=True)
def stays_up(gateway):
    yield
    assert gateway.is_healthy()
    with Connection(gateway.port) as connection:
        connection.send(request_bytes(message("still there?", stream=False)))
        assert connection.response()[0] == 200
    gateway.verify()


@pytest.mark.parametrize("body, status, kind", [
    (b"", 400, "invalid_request_error"), (b"{", 400, "invalid_request_error"), (b"[]", 400, "invalid_request_error"),
    (b"\xff\xfe", 400, "invalid_request_error"), (b'{"model": NaN}', 400, "invalid_request_error"),
    (b"[" * 100_000, 400, "invalid_request_error"), (b'{"a":' * 50_000, 400, "invalid_request_error"),
    (message(max_tokens=-5), 400, "invalid_request_error"), (message(max_tokens="9"), 400, "invalid_request_error"),
    (message(max_tokens=10**30), 400, "invalid_request_error"), (message(messages=7), 400, "invalid_request_error"),
    (message(max_tokens=None), 400, "invalid_request_error"), (message(model=None), 400, "invalid_request_error"),
    (message(model="gpt-4"), 404, "not_found_error"), (message(model="x" * 10_000), 404, "not_found_error"),
    (message(stream="maybe"), 400, "invalid_request_error"),
    (message(metadata={"user_id": "\x00\n" * 1_000}, max_tokens=-1), 400, "invalid_request_error"),
], ids=lambda value: repr(value)[:40])
def test_wrong_bodies(gateway, body, status, kind):
    check(exchange(gateway, request_bytes(body)), status, kind)
    assert gateway.events() == []


@pytest.mark.parametrize("method, path, status", [
    ("GET", "/v1/messages", 405), ("PUT", "/v1/messages", 405), ("DELETE", "/v1/models", 405),
    ("GET", "/v1/messages/count_tokens", 405),
    ("GET", "/v1/models/none", 404), ("GET", "/v1/files", 404), ("POST", "/v2/messages", 404), ("GET", "/nothing", 404),
    ("POST", "/v1/messages/", 404), ("POST", "//v1/messages", 404), ("GET", "/v1/messages/batches/msgbatch_none", 404),
    ("GET", "/v1/models/../messages", 404), ("GET", "/v1/models/%2e%2e/organizations", 404),
    ("GET", "/__simulator/served", 404), ("FETCH", "/v1/messages", 405),
])
def test_wrong_methods_and_paths(gateway, method, path, status):
    kind = "not_found_error" if status == 404 else "invalid_request_error"
    check(exchange(gateway, request_bytes(b"", path=path, method=method)), status, kind)


def test_wrong_methods_on_batches(gateway):
    for path in ("/v1/messages/batches", "/v1/messages/batches/msgbatch_1", "/v1/messages/batches/msgbatch_1/cancel"):
        check(exchange(gateway, request_bytes(b"", path=path, method="PATCH")), 405, "invalid_request_error")


@pytest.mark.parametrize("data, status", [
    (b"nonsense\r\n\r\n", 400), (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400), (b"\r\n\r\n\r\nx\r\n\r\n", 400),
    (b"POST /v1/messages\r\n\r\n", 400), (b"POST  /v1/messages HTTP/1.1\r\nhost: x\r\n\r\n", 400),
    (b"POST /v1/messages HTTP/9.9\r\nhost: x\r\n\r\n", (400, 505)), (LINE + b"no colon here\r\n\r\n", 400),
    (LINE + b"host : x\r\n\r\n", 400), (LINE + b" folded: x\r\n\r\n", 400), (LINE + b"ho\x00st: x\r\n\r\n", 400),
    (LINE + b"x: a\x01b\r\nhost: x\r\n\r\n", 400), (LINE + b"x-api-key: k\r\n\r\n", 400),
    (LINE + b"host: x\r\nhost: y\r\nx-api-key: k\r\ncontent-length: 0\r\n\r\n", 400),
    (HEAD + b"content-length: banana\r\n\r\n", 400), (HEAD + b"content-length: -1\r\n\r\n", 400),
    (HEAD + b"content-length: +5\r\n\r\nhello", 400), (HEAD + b"content-length: 5, 6\r\n\r\nhello", 400),
    (HEAD + b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello", 400),
    (HEAD + b"content-length: 99999999999999999999999999\r\n\r\n", (400, 413)),
    (HEAD + b"content-length: 9000000000000000000\r\n\r\n", (400, 413)), (HEAD + b"content-length: 33554433\r\n\r\n", 413),
    (HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", (400, 501)),
    (HEAD + b"transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n", (400, 501)),
    (HEAD + b"transfer-encoding: banana\r\n\r\n", (400, 501)),
    (HEAD + b"transfer-encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n", 400),
    (HEAD + b"transfer-encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", 400),
    (HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n", 400),
    (HEAD + b"transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n", (400, 413)),
    (HEAD + b"transfer-encoding: chunked\r\n\r\n7fffffffffffffff\r\n", (400, 413)),
    (LINE + b"host: x\r\n" + b"a: b\r\n" * 10_000 + b"\r\n", 431), (LINE + b"x: " + b"y" * 100_000 + b"\r\n\r\n", 431),
    (b"POST /" + b"a" * 100_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", (414, 431)),
], ids=lambda value: repr(value)[-44:] if isinstance(value, bytes) else str(value))
def test_invalid_http(gateway, data, status):
    """The server may close the connection before it has read everything, but its answer comes first."""
    with Connection(gateway.port) as connection:
        try:
            connection.send(data)
        except ConnectionError:
            pass
        got, headers, body = connection.response()
    allowed = status if isinstance(status, tuple) else (status,)
    assert got in allowed, body
    assert json.loads(body)["type"] == "error"
    assert "request-id" in headers


def test_a_body_that_is_too_large_is_refused_before_it_is_read(gateway):
    with Connection(gateway.port) as connection:
        connection.send(HEAD + b"content-length: 40000000\r\nexpect: 100-continue\r\n\r\n")
        check(connection.response(), 413, "request_too_large")
    with Connection(gateway.port) as connection:
        connection.send(HEAD + b"transfer-encoding: chunked\r\n\r\n")
        chunk = b"%x\r\n%b\r\n" % (1 << 20, b"x" * (1 << 20))
        for _ in range(40):
            connection.send(chunk)
        # The client sends more than is read; what it still sends is thrown away, and its answer is not lost.
        check(connection.response(), 413, "request_too_large")


def test_slow_headers_are_given_up(gateway):
    """A head that trickles in gets 408 or a closed connection, while others are served."""
    with Connection(gateway.port) as slow:
        slow.socket.settimeout(0.2)
        deadline = time.monotonic() + PATIENCE
        answer = None
        slow.send(LINE)
        while time.monotonic() < deadline:
            try:
                slow.send(b"x")
                answer = slow.socket.recv(65536)
                break
            except TimeoutError:
                continue
            except ConnectionError:
                answer = b""
                break
        assert answer is not None, "the slow client was never given up"
        assert answer == b"" or answer.startswith(b"HTTP/1.1 408 ")


def test_many_slow_clients_do_not_keep_others_out(gateway):
    connections = [Connection(gateway.port) for _ in range(200)]
    for connection in connections:
        connection.send(LINE + b"host: ")
    assert exchange(gateway, request_bytes(message(stream=False)))[0] == 200
    for connection in connections:
        connection.close()


def test_pipelined_requests_are_answered_in_order(simulator, gateway):
    count = 20
    with Connection(gateway.port) as connection:
        connection.send(b"".join(
            request_bytes(message(f"number {n}", {"text": f"answer {n}"}, stream=n % 2 == 0)) for n in range(count)))
        for number in range(count):
            status, _, body = connection.response()
            assert status == 200
            assert f'answer {number}"'.encode() in body
    assert [s["message_id"] for s in simulator.messages()] == [e["id"] for e in gateway.events()]


def test_http_1_0_is_served(gateway):
    data = request_bytes(message(stream=False)).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    with Connection(gateway.port) as connection:
        connection.send(data)
        status, headers, body = connection.response()
        assert status == 200 and json.loads(body)["type"] == "message"
        assert "chunked" not in headers.get("transfer-encoding", "")
    with Connection(gateway.port) as connection:
        connection.send(request_bytes(message()).replace(b"HTTP/1.1", b"HTTP/1.0", 1))
        status, headers = connection.head()
        assert status == 200 and "transfer-encoding" not in headers
        assert connection.read_to_end().endswith(b'data: {"type":"message_stop"}\n\n')


def test_a_client_that_closes_at_any_byte_harms_nobody(gateway):
    data = request_bytes(message())
    rng = random.Random(3)
    for _ in range(60):
        with Connection(gateway.port) as connection:
            connection.send(data[:rng.randrange(1, len(data))])
            if rng.random() < 0.5:
                connection.socket.shutdown(socket.SHUT_WR)


def test_random_bytes_harm_nobody(gateway):
    rng = random.Random(4)
    valid = request_bytes(message())
    for _ in range(150):
        data = bytearray(valid)
        for _ in range(rng.randrange(1, 6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        with Connection(gateway.port) as connection:
            connection.send(bytes(data))
            try:
                connection.socket.shutdown(socket.SHUT_WR)
                connection.read_to_end()
            except OSError:
                pass


def test_secrets_do_not_show(simulator, gateway):
    """Neither the upstream's key nor a client's is in any answer or in the log."""
    with Connection(gateway.port) as connection:
        connection.send(request_bytes(message(max_tokens=-1), key="sk-secret-of-a-client"))
        _, headers, body = connection.response()
    everything = repr(headers) + body.decode() + gateway.log
    assert "sk-ant-upstream-secret" not in everything
    assert "sk-secret-of-a-client" not in everything
