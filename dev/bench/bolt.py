"""The peers of BoltBenchmark: the official Python driver doing the same work, and a server that answers from memory.

usage: bolt.py serve PORT                              any query is answered; "ROWS n" streams n rows of five columns
       bolt.py measure URI USER PASSWORD MEASURE...    prints: name, operations per second, microseconds of CPU for each
       bolt.py floor PORT USER PASSWORD                the same for bare round trips: a socket, the bytes, no driver
"""

import re
import socket
import struct
import sys
import threading
import time


# A server whose answers are encoded beforehand, so that the client is what is measured.

def pack(value):
    if value is None:
        return b"\xc0"
    if value is True or value is False:
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        if -16 <= value < 128:
            return struct.pack(">b", value)
        if -32768 <= value < 32768:
            return b"\xc9" + struct.pack(">h", value)
        return b"\xca" + struct.pack(">i", value)
    if isinstance(value, float):
        return b"\xc1" + struct.pack(">d", value)
    if isinstance(value, str):
        data = value.encode()
        return (bytes([0x80 + len(data)]) if len(data) < 16 else b"\xd0" + bytes([len(data)])) + data
    if isinstance(value, list):
        return bytes([0x90 + len(value)]) + b"".join(map(pack, value))
    return bytes([0xA0 + len(value)]) + b"".join(pack(key) + pack(item) for key, item in value.items())


def message(tag, *fields):
    body = bytes([0xB0 + len(fields), tag]) + b"".join(map(pack, fields))
    return struct.pack(">H", len(body)) + body + b"\0\0"


def record(index):
    return message(0x71, [index, f"name-{index}", index * 0.5, index % 2 == 0, "constant"])


ROWS = [record(index) for index in range(1, 100_001)]
ONE = message(0x71, [1])
COLUMNS = ["i", "s", "f", "b", "c"]


class Client(threading.Thread):
    def __init__(self, connection):
        super().__init__(daemon=True)
        self.connection = connection
        self.buffer = bytearray()

    def read(self, count):
        while len(self.buffer) < count:
            data = self.connection.recv(1 << 18)
            if not data:
                raise EOFError
            self.buffer += data
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def message(self):
        body = b""
        while True:
            size = struct.unpack(">H", self.read(2))[0]
            if size:
                body += self.read(size)
            elif body:
                return body

    def run(self):
        try:
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.read(20)
            self.connection.sendall(b"\0\0\4\5")
            self.serve()
        except (EOFError, OSError):
            pass

    def serve(self):
        total = position = 0
        answers = []
        while True:
            body = self.message()
            tag = body[1]
            if tag == 0x02:
                return
            if tag == 0x01:
                answers.append(message(0x70, {"server": "Neo4j/5.26.0", "connection_id": "replay"}))
            elif tag == 0x10:
                rows = re.search(rb"ROWS (\d+)", body[:200])
                total, position = int(rows.group(1)) if rows else -1, 0
                answers.append(message(0x70, {"fields": COLUMNS if rows else ["x"], "t_first": 0}))
            elif tag == 0x3F:
                if total < 0:
                    answers.append(ONE + message(0x70, {"type": "r", "t_last": 0}))
                else:
                    # B1 3F {"n": a number of two bytes, or -1}
                    wanted = int.from_bytes(body[6:8], "big") if body[5] == 0xC9 else total
                    end = min(total, position + wanted)
                    answers.append(b"".join(ROWS[position:end]))
                    position = end
                    done = {"type": "r", "t_last": 0} if end == total else {"has_more": True}
                    answers.append(message(0x70, done))
            else:
                answers.append(message(0x70, {}))
            if not self.buffer:
                self.connection.sendall(b"".join(answers))
                answers = []


def serve(port):
    listener = socket.create_server(("127.0.0.1", port))
    print("ready", flush=True)
    while True:
        Client(listener.accept()[0]).start()


# The driver.

def parameters():
    return [{
        "mid": f"msg_{index:020d}", "sid": f"session-0000-0000-{index % 3}", "ts": 1_790_000_000_000 + index,
        "role": "assistant", "model": "claude-opus-5-5", "tin": index * 7 % 20_000, "tout": index * 3 % 4000,
        "cost": index * 0.25,
    } for index in range(10_000)]


def timed(name, count, work):
    work(count)
    start, cpu = time.perf_counter(), time.process_time()
    work(count)
    elapsed, used = time.perf_counter() - start, time.process_time() - cpu
    print(name, int(count / elapsed), round(used / count * 1e6, 3), flush=True)


def floor(port, user, password):
    server = Client(socket.create_connection(("127.0.0.1", port)))
    server.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server.connection.sendall(b"\x60\x60\xb0\x17\0\0\4\5" + bytes(12))
    assert server.read(4) == b"\0\0\4\5"
    logon = {"scheme": "basic", "principal": user, "credentials": password}
    server.connection.sendall(message(0x01, {"user_agent": "floor/1", "bolt_agent": {"product": "floor/1"}})
                              + message(0x6A, logon))
    assert server.message()[1] == server.message()[1] == 0x70
    query = message(0x10, "RETURN 1 AS x", {}, {"db": "neo4j"}) + message(0x3F, {"n": 1000})
    server.connection.sendall(query)
    answer = b""
    while answer.count(b"\xb1\x70") < 2 or answer[-2:] != b"\0\0":
        answer += server.connection.recv(1 << 16)

    def run(count):
        for _ in range(count):
            server.connection.sendall(query)
            missing = len(answer)
            while missing > 0:
                missing -= len(server.connection.recv(1 << 16))
    timed("floor", 4000, run)


def measure(uri, user, password, names):
    import neo4j

    with neo4j.GraphDatabase.driver(uri, auth=(user, password)) as driver:
        for name in names:
            size = -1 if name == "rows-at-once" else 1000
            with driver.session(database="neo4j", fetch_size=size) as session:
                work(name, driver, session)


def work(name, driver, session):
    if name == "auto":
        def run(count):
            for _ in range(count):
                list(session.run("RETURN 1 AS x"))
        timed(name, 2000, run)
    elif name == "transaction":
        with session.begin_transaction() as transaction:
            def run(count):
                for _ in range(count):
                    list(transaction.run("RETURN 1 AS x"))
            timed(name, 2000, run)
    elif name == "managed":
        def run(count):
            for _ in range(count):
                session.execute_read(lambda transaction: list(transaction.run("RETURN 1 AS x")))
        timed(name, 1500, run)
    elif name == "execute":
        def run(count):
            for _ in range(count):
                driver.execute_query("RETURN 1 AS x", database_="neo4j", bookmark_manager_=None)
        timed(name, 1500, run)
    elif name.startswith("rows"):
        def run(count):
            seen = total = 0
            query = f"""/* ROWS {count} */ UNWIND range(1, {count}) AS i
                RETURN i, 'name-' + toString(i) AS s, i * 0.5 AS f, i % 2 = 0 AS b, 'constant' AS c"""
            for record in session.run(query):
                i, s, f, b, c = record
                total += f + i + len(s) + len(c) + b
                seen += 1
            assert seen == count and total > 0
        timed(name, 100_000, run)
    elif name == "encode":
        from neo4j._codec.packstream.v1 import PackableBuffer, Packer
        rows = parameters()
        def run(count):
            for _ in range(count // len(rows)):
                buffer = PackableBuffer()
                Packer(buffer).pack(rows)
        timed(name, 50_000, run)
    elif name == "unwind":
        rows = parameters()
        def run(count):
            for _ in range(count // len(rows)):
                session.run("UNWIND $rows AS r RETURN count(r) AS n", rows=rows).single()
        timed(name, 30_000, run)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    elif sys.argv[1] == "floor":
        floor(int(sys.argv[2]), *sys.argv[3:5])
    else:
        measure(*sys.argv[2:5], sys.argv[5:])
