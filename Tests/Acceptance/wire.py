"""Raw HTTP: exactly the bytes that a test wants to send, and the bytes that come back."""
import base64
import json
import socket

from harness import PATIENCE


class Connection:
    """A raw HTTP connection: exactly the bytes given are sent, and the bytes that come are looked at."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def more(self):
        """Reads some bytes; `False` at the end."""
        data = self.socket.recv(65536)
        self.pending += data
        return bool(data)

    def read_until(self, mark):
        while mark not in self.pending:
            if not self.more():
                raise EOFError(f"the connection ended; it had sent {self.pending[-300:]!r}")
        head, self.pending = self.pending.split(mark, 1)
        return head + mark

    def read_exactly(self, count):
        while len(self.pending) < count:
            if not self.more():
                raise EOFError(f"the connection ended {count - len(self.pending)} bytes early")
        data, self.pending = self.pending[:count], self.pending[count:]
        return data

    def read_to_end(self):
        while self.more():
            pass
        data, self.pending = self.pending, b""
        return data

    def head(self):
        """The status and the headers (names in lower case) of the next response."""
        lines = self.read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = {}
        for line in filter(None, lines[1:]):
            name, value = line.split(":", 1)
            headers.setdefault(name.strip().lower(), value.strip())
        return int(lines[0].split()[1]), headers

    def chunk(self):
        """The next chunk of a body in chunks; empty at its end (RFC 9112 section 7.1)."""
        size = int(self.read_until(b"\r\n").split(b";")[0], 16)
        if size == 0:
            while self.read_until(b"\r\n") != b"\r\n":
                pass  # a line of the trailer
            return b""
        data = self.read_exactly(size)
        if self.read_exactly(2) != b"\r\n":
            raise ValueError("a chunk does not end where it says")
        return data

    def body(self, headers):
        if "chunked" in headers.get("transfer-encoding", ""):
            body = b""
            while chunk := self.chunk():
                body += chunk
            return body
        if "content-length" in headers:
            return self.read_exactly(int(headers["content-length"]))
        return self.read_to_end()

    def response(self):
        status, headers = self.head()
        return status, headers, self.body(headers)


def request_bytes(body, path="/v1/messages", method="POST", key="sk-test", **headers):
    """A request as bytes; `body` is bytes or a value to be sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "host: gateway", f"x-api-key: {key}", "anthropic-version: 2023-06-01"]
    lines += ["content-type: application/json", f"content-length: {len(data)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def message(prompt="Hello", scenario=None, stream=True, model="claude-opus-5-5", **extra):
    """A Messages request; the scenario goes into the prompt, where any client can put it."""
    if scenario is not None:
        prompt += " [[simulate:" + (scenario if isinstance(scenario, str) else json.dumps(scenario)) + "]]"
    return {"model": model, "max_tokens": 1000, "stream": stream,
            "messages": [{"role": "user", "content": prompt}], **extra}


def raw_scenario(body, chunks="event", content_type="text/event-stream; charset=utf-8", **extra):
    raw = {"base64": base64.b64encode(body).decode(), "content_type": content_type}
    return {"raw": raw, "wire": {"chunks": chunks}, **extra}
