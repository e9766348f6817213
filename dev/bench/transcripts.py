#!/usr/bin/env python3
"""Transcripts for dev/bench/transcripts.sh: makes a file of them, or scans one with orjson.

    transcripts.py generate FILE MEGABYTES    writes lines shaped like those of Claude Code 2.1.330
    transcripts.py lean FILE MEGABYTES        the same with short texts: a response in some 4 KB
    transcripts.py scan FILE ROUNDS           does with orjson what the importer does; MB/s of CPU time
    transcripts.py import FILE FLOWMETER      imports into a new SQLite store, with FLOWMETER and with orjson and sqlite3
"""
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time

WORDS = (
    "the gateway reads usage off the wire and keeps it before the client sees the end of its stream so that nothing "
    "is lost when a process dies between two writes; func append(_ events: [UsageEvent]) async throws -> Receipt { "
    "guard !events.isEmpty else { return .empty } for event in events { let lines = rating.lines(for: event) } } "
    "Sources/Metering/Store/UsageStore.swift:118: error: cannot convert value of type 'Int' naïve café — “quotes” …"
).split()


def text(rng, size):
    """Program text and prose of about `size` bytes, with line breaks, quotes and indentation as tool results have."""
    parts, length = [], 0
    while length < size:
        line = " " * rng.choice((0, 0, 2, 4, 4, 8)) + " ".join(rng.choices(WORDS, k=rng.randint(2, 14)))
        if rng.random() < 0.2:
            line = line.replace(" ", ' "', 1) + '"'
        parts.append(line)
        length += len(line) + 1
    return "\n".join(parts)


def pieces(rng, count, sizes):
    """A stock of texts, because making every text anew would take longer than all measurements."""
    return [text(rng, rng.choice(sizes)) for _ in range(count)]


def generate(path, megabytes, lean=False):
    rng = random.Random(20261123)
    uuid = lambda: "%08x-%04x-4%03x-a%03x-%012x" % (
        rng.getrandbits(32), rng.getrandbits(16), rng.getrandbits(12), rng.getrandbits(12), rng.getrandbits(48))
    token = lambda prefix: prefix + "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789", k=22))
    results = pieces(rng, 300, (80,) if lean else (200, 800, 2_000, 6_000, 16_000, 40_000))
    answers = pieces(rng, 300, (80,) if lean else (80, 300, 900, 2_500))
    session, clock, parent = uuid(), 1_795_461_335_468, None
    prompt = 12_000

    def common(kind, **fields):
        nonlocal clock, parent
        clock += rng.randint(3, 4_000)
        seconds, ms = divmod(clock, 1000)
        line = {"parentUuid": parent, "isSidechain": False, **fields, "type": kind, "uuid": uuid(),
                "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + ".%03dZ" % ms,
                "userType": "external", "entrypoint": "cli", "cwd": "/home/user/project", "sessionId": session,
                "version": "2.1.330", "gitBranch": "main"}
        parent = line["uuid"]
        return line

    written = 0
    with open(path, "w", encoding="utf-8") as file:
        def put(line):
            nonlocal written
            data = json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
            file.write(data)
            written += len(data.encode())

        while written < megabytes * 1_000_000:
            message, request, prompt = token("msg_01"), token("req_011C"), prompt + rng.randint(50, 3_000)
            usage = {
                "input_tokens": rng.randint(0, 400), "cache_creation_input_tokens": rng.randint(0, 3_000),
                "cache_read_input_tokens": prompt, "output_tokens": rng.randint(5, 2_000),
                "output_tokens_details": {"thinking_tokens": rng.randint(0, 300)},
                "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0}, "service_tier": "standard",
                "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0},
                "inference_geo": "global", "iterations": [], "speed": "standard", "fallback_credit": None}
            usage["cache_creation"]["ephemeral_5m_input_tokens"] = usage["cache_creation_input_tokens"]
            tools = [token("toolu_01") for _ in range(rng.choice((0, 1, 1, 2)))]
            blocks = [{"type": "text", "text": rng.choice(answers)}]
            if rng.random() < 0.4:
                blocks.insert(0, {"type": "thinking", "thinking": rng.choice(answers), "signature": token("E") * 12})
            blocks += [{"type": "tool_use", "id": tool, "name": "Bash",
                        "input": {"command": rng.choice(answers)[:300], "description": "Look"}} for tool in tools]
            for index, block in enumerate(blocks):
                put(common("assistant", message={
                    "model": "claude-opus-5-5", "id": message, "type": "message", "role": "assistant",
                    "content": [block], "stop_reason": "tool_use" if tools else "end_turn", "stop_sequence": None,
                    "stop_details": None, "usage": usage, "diagnostics": None}, apiBlockIndex=index,
                    requestId=request, requestRef=uuid(), requestedModel="claude-opus-5-5"))
            for tool in tools:
                result = rng.choice(results)
                put(common("user", promptId=uuid(), message={"role": "user", "content": [
                    {"tool_use_id": tool, "type": "tool_result", "content": result, "is_error": False}]},
                    toolUseResult={"stdout": result, "stderr": "", "interrupted": False, "isImage": False},
                    sourceToolAssistantUUID=uuid()))
            put({"type": "api-request", "sessionId": session, "id": uuid(), "params": {
                "model": "claude-opus-5-5", "max_tokens": 128000, "thinking": {"type": "adaptive"}},
                "keep": rng.randint(0, 40), "tail": [token("") * 2 for _ in range(4)], "requestDigest": token("") * 2})
            if not tools:
                put(common("user", message={"role": "user", "content": rng.choice(answers)}))


def read(path):
    """The responses of a file by message and request, and how many bytes, lines and malformed lines it has."""
    import orjson

    lines = problems = size = 0
    messages = {}
    with open(path, "rb", buffering=1 << 20) as file:
        for raw in file:
            lines += 1
            size += len(raw)
            try:
                line = orjson.loads(raw)
            except orjson.JSONDecodeError:
                problems += 1
                continue
            if line.get("type") != "assistant":
                continue
            message = line["message"]
            usage = message.get("usage")
            if not usage or message.get("model") == "<synthetic>":
                continue
            tokens = (usage["input_tokens"] + usage["cache_creation_input_tokens"]
                      + usage["cache_read_input_tokens"] + usage["output_tokens"])
            key = (message["id"], line.get("requestId"))
            known = messages.get(key)
            if known is None or tokens >= known[0]:
                messages[key] = (tokens, line["sessionId"], line["timestamp"], usage)
    return messages, size, lines, problems


def store(path, database):
    """What the importer does without prices, receipts, chains and sums: rows with a UNIQUE id, 65,536 a commit."""
    messages = read(path)[0]
    connection = sqlite3.connect(database, isolation_level=None)
    connection.executescript("""
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        CREATE TABLE event (
            id TEXT NOT NULL UNIQUE, requestID TEXT, session TEXT NOT NULL, time TEXT NOT NULL, input INTEGER NOT NULL,
            output INTEGER NOT NULL, cacheWrite INTEGER NOT NULL, cacheRead INTEGER NOT NULL
        );
    """)
    rows = [(message, request, session, when, usage["input_tokens"], usage["output_tokens"],
             usage["cache_creation_input_tokens"], usage["cache_read_input_tokens"])
            for (message, request), (_, session, when, usage) in messages.items()]
    for start in range(0, len(rows), 65_536):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", rows[start:start + 65_536])
        connection.execute("COMMIT")
    connection.close()
    print(len(rows))


def compare(path, flowmeter):
    """Imports a file into new databases, one way after the other."""
    rates = []
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as directory:
        for name, command in (
            ("flowmeter", [flowmeter, "import", "claude-code", path, "--json", "--quiet", "--database"]),
            ("orjson, sqlite3", [sys.executable, __file__, "store", path]),
        ):
            database = f"{directory}/{name.split(',')[0]}.sqlite"
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            subprocess.run([*command, database], check=True, stdout=subprocess.DEVNULL)
            elapsed = time.monotonic() - start
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            events = sqlite3.connect(database).execute("SELECT count(*) FROM event").fetchone()[0]
            rates.append(events / elapsed)
            print(f"{name}: {events} events stored from {os.path.getsize(path) / 1e6:.0f} MB in {elapsed:.2f} s, "
                  f"{events / elapsed:.0f} events/s and {os.path.getsize(path) / elapsed / 1e6:.0f} MB/s on the clock, "
                  f"{cpu / events * 1e6:.1f} µs of CPU an event", flush=True)
    print(f"ratio flowmeter/orjson with sqlite3 {rates[0] / rates[1]:.2f}")


def scan(path, rounds):
    best = total = 0
    for _ in range(rounds):
        start = time.process_time_ns()
        messages, size, lines, problems = read(path)
        elapsed = time.process_time_ns() - start
        total += elapsed
        best = elapsed if not best else min(best, elapsed)
    print("orjson %d MB/s mean, %d MB/s best of %d; %d lines, %d responses, %d problems" % (
        size * 1000 * rounds // total, size * 1000 // best, rounds, lines, len(messages), problems))


if __name__ == "__main__":
    command, path, argument = sys.argv[1:]
    if command in ("store", "import"):
        {"store": store, "import": compare}[command](path, argument)
    elif command == "scan":
        scan(path, int(argument))
    else:
        generate(path, int(argument), lean=command == "lean")
