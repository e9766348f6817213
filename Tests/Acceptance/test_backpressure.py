"""A client that reads slowly slows its upstream down; it does not fill the gateway's memory."""
import json
import pathlib
import re
import select
import socket
import threading

from harness import Gateway, until
from wire import Connection, message, request_bytes

PIECE = 48 * 1024
PIECES = 1_500
# Four socket buffers lie between the two ends; they may fill, and so may one read of the gateway's.
MOST_AHEAD = 32 << 20


def event(name, **value):
    return f"event: {name}\ndata: {json.dumps({'type': name, **value})}\n\n".encode()


class Flood(threading.Thread):
    """An upstream that sends one long stream as fast as it is taken."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sent = 0
        self.connection = None

    def run(self):
        self.connection, _ = self.listener.accept()
        connection = self.connection
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_flood\r\n"
                           b"transfer-encoding: chunked\r\n\r\n")
        for part in self.parts():
            connection.sendall(b"%x\r\n%b\r\n" % (len(part), part))
            self.sent += len(part)
        connection.sendall(b"0\r\n\r\n")

    def parts(self):
        usage = {"input_tokens": 10, "output_tokens": 1}
        yield event("message_start", message={
            "id": "msg_flood", "type": "message", "role": "assistant", "model": "claude-opus-5-5", "content": [],
            "usage": usage})
        yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        piece = event("content_block_delta", index=0, delta={"type": "text_delta", "text": "x" * PIECE})
        for _ in range(PIECES):
            yield piece
        yield event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 4321})
        yield event("message_stop")


    def is_blocked(self):
        """Whether nothing more can be sent."""
        assert self.sent < PIECES * PIECE, "the upstream was never slowed down"
        return self.connection is not None and not select.select([], [self.connection], [], 0)[1]


def memory(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) << 10


def sleeps(process):
    """Whether every thread of a process waits for something."""
    threads = pathlib.Path(f"/proc/{process.pid}/task").glob("*/stat")
    return all(thread.read_text().rpartition(")")[2].split()[0] == "S" for thread in threads)


def test_a_slow_client_does_not_grow_memory(directory):
    flood = Flood()
    flood.start()
    gateway = Gateway(directory, f"http://127.0.0.1:{flood.port}").start()
    try:
        before = memory(gateway.process)
        with Connection(gateway.port) as connection:
            connection.send(request_bytes(message()))
            connection.head()
            ahead = until(lambda: standstill(flood, gateway.process), "the upstream to be slowed down")
            assert ahead < MOST_AHEAD
            assert memory(gateway.process) - before < 2 * MOST_AHEAD
            assert gateway.events() == []
            total = 0
            while chunk := connection.chunk():
                total += len(chunk)
        assert total == flood.sent
        found = gateway.event("msg_flood")
        assert (found["quality"], found["request_id"]) == ("exact", "req_flood")
        assert memory(gateway.process) - before < 2 * MOST_AHEAD
    finally:
        gateway.stop()


def standstill(flood, process, looks=5):
    """The count of bytes sent, once nothing moves: the upstream can send no more, and the gateway has nothing to do."""
    sent = flood.sent
    for _ in range(looks):
        if not flood.is_blocked() or not sleeps(process) or flood.sent != sent:
            return None
    return sent
