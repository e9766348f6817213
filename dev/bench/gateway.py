#!/usr/bin/env python3
"""Measures the gateway side by side with nginx as a plain reverse proxy and, if installed, LiteLLM's proxy.

nginx runs twice: as plain `proxy_pass`, which opens an upstream connection for each request, and with an upstream
keep-alive pool. All of them stand before the same upstream: nginx serving a canned Messages API answer, JSON or SSE, with a fresh
message id each time (a repeated id would be metered as a duplicate, which is cheaper). Load comes from wrk.
CPU is user + system time of all processes of the proxy, read from /proc, per request that wrk completed.
Nothing but loopback is used.
"""
import argparse
import asyncio
import collections
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICK = os.sysconf("SC_CLK_TCK")


def message(model="claude-opus-5-5", usage=None, content=None):
    return {
        "model": model, "id": "msg_$request_id", "type": "message", "role": "assistant",
        "content": content or [], "stop_reason": None, "stop_sequence": None,
        "usage": usage or {
            "input_tokens": 472, "cache_creation_input_tokens": 300, "cache_read_input_tokens": 7123,
            "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
            "output_tokens": 1, "service_tier": "standard", "inference_geo": "global"},
    }


def canned_json():
    body = message(content=[{"type": "text", "text": "The quick brown fox. " * 40}])
    body["stop_reason"] = "end_turn"
    body["usage"]["output_tokens"] = 210
    return json.dumps(body)


def canned_sse(events=66, size=8192):
    def event(name, data):
        return f"event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"

    head = event("message_start", {"type": "message_start", "message": message()}) + event(
        "content_block_start", {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    tail = event("content_block_stop", {"type": "content_block_stop", "index": 0}) + event(
        "message_delta", {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                          "usage": {"output_tokens": 310}}) + event("message_stop", {"type": "message_stop"})
    count = events - 5
    fixed = len(event("content_block_delta", {
        "type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": ""}}))
    text = max(1, (size - len(head) - len(tail)) // count - fixed)
    deltas = "".join(event("content_block_delta", {
        "type": "content_block_delta", "index": 0,
        "delta": {"type": "text_delta", "text": "abcdefgh ijklmno"[:text].ljust(text, "x")}}) for _ in range(count))
    return head + deltas + tail


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as s:
            s.settimeout(0.5)
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"error: nothing listens on port {port}")


def children(pid):
    found, queue = [], [pid]
    while queue:
        current = queue.pop()
        found.append(current)
        try:
            for task in os.listdir(f"/proc/{current}/task"):
                queue += map(int, pathlib.Path(f"/proc/{current}/task/{task}/children").read_text().split())
        except FileNotFoundError:
            pass
    return found


def cpu_seconds(pid):
    total = 0
    for process in children(pid):
        try:
            fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        except FileNotFoundError:
            pass
    return total / TICK


def rss_mb(pid):
    total = 0
    for process in children(pid):
        try:
            match = re.search(r"VmRSS:\s+(\d+) kB", pathlib.Path(f"/proc/{process}/status").read_text())
            total += int(match.group(1)) if match else 0
        except FileNotFoundError:
            pass
    return total / 1024


class Processes:
    def __init__(self, directory):
        self.directory, self.running = pathlib.Path(directory), []

    def start(self, name, command, **environment):
        log = open(self.directory / f"{name}.log", "wb")
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **environment})
        self.running.append(process)
        return process

    def stop(self, process):
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
        self.running.remove(process)

    def stop_all(self):
        for process in list(self.running):
            self.stop(process)

    def nginx(self, name, servers):
        home = self.directory / name
        home.mkdir()
        config = home / "nginx.conf"
        config.write_text(
            f"daemon off; worker_processes 1; pid {home}/pid; error_log {home}/error.log;\n"
            "worker_rlimit_nofile 20000;\nevents { worker_connections 8192; }\n"
            "http { access_log off; keepalive_requests 100000000; client_body_buffer_size 64k;\n"
            f"client_body_temp_path {home}/b; proxy_temp_path {home}/p; fastcgi_temp_path {home}/f;"
            f" uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;\n{servers}\n}}\n")
        return self.start(name, ["nginx", "-e", f"{home}/error.log", "-p", str(home), "-c", str(config)])


LUA = """
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.headers["x-api-key"] = "%s"
wrk.headers["anthropic-version"] = "2023-06-01"
wrk.headers["x-claude-code-session-id"] = "7e40b2f7-a2ad-48ba-a930-6aa4df64f607"
wrk.body = [[%s]]
done = function(summary, latency, requests)
  io.write(string.format('RESULT {"requests":%%d,"seconds":%%.6f,"errors":%%d,"p50":%%d,"p90":%%d,"p99":%%d,"max":%%d}\\n',
    summary.requests, summary.duration / 1e6,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(90), latency:percentile(99), latency.max))
end
"""


TAKEN = collections.Counter()


def load(directory, port, stream, connections, seconds, key):
    body = json.dumps({"model": "claude-opus-5-5", "max_tokens": 1024, "stream": stream,
                       "messages": [{"role": "user", "content": "Tell me about foxes. " * 20}]})
    script = pathlib.Path(directory) / f"wrk-{stream}-{port}.lua"
    script.write_text(LUA % (key, body))
    output = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script),
         f"http://127.0.0.1:{port}/v1/messages"], capture_output=True, text=True, check=True).stdout
    result = json.loads(re.search(r"RESULT (.*)", output).group(1))
    TAKEN[port] += result["requests"]
    return result


def measure(directory, target, stream, connections, seconds):
    pid, port, key = target["process"].pid, target["port"][stream], target.get("key", "unused")
    load(directory, port, stream, connections, 1, key)
    before = cpu_seconds(pid)
    result = load(directory, port, stream, connections, seconds, key)
    result["cpu_us"] = (cpu_seconds(pid) - before) * 1e6 / max(1, result["requests"])
    result["rate"] = result["requests"] / result["seconds"]
    result["rss"] = rss_mb(pid)
    return result


def usage_calls(binary, database):
    output = subprocess.run([binary, "usage", "--by", "total", "--json", "--database", database],
                            capture_output=True, text=True, check=True).stdout
    return json.loads(output)["total"]["calls"]


async def idle_streams(directory, processes, binary, count):
    """RSS with so many streams open and silent: each has had its message_start and waits."""
    head = ("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n").encode()
    release = asyncio.Event()

    async def upstream(reader, writer):
        try:
            await reader.readuntil(b"\r\n\r\n")
            start = canned_sse().split("\n\n")[0].replace("$request_id", os.urandom(12).hex()) + "\n\n"
            writer.write(head + b"%x\r\n%s\r\n" % (len(start), start.encode()))
            await writer.drain()
            await release.wait()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    server = await asyncio.start_server(upstream, "127.0.0.1", 0, backlog=4096)
    port = free_port()
    process = start_flowmeter(processes, binary, directory, "idle", port, server.sockets[0].getsockname()[1])
    wait_for(port)
    before = rss_mb(process.pid)
    body = json.dumps({"model": "claude-opus-5-5", "max_tokens": 10, "stream": True, "messages": []}).encode()
    request = (b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
               b"content-length: %d\r\n\r\n%s" % (len(body), body))
    writers = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        await reader.readuntil(b"\n\n")
        writers.append(writer)
    after = rss_mb(process.pid)
    release.set()
    for writer in writers:
        writer.close()
    server.close()
    processes.stop(process)
    return before, after


def start_flowmeter(processes, binary, directory, name, port, upstream_port):
    return processes.start(
        f"flowmeter-{name}", [binary, "serve", "--port", str(port), "--upstream", f"http://127.0.0.1:{upstream_port}",
                              "--database", str(pathlib.Path(directory) / f"{name}.sqlite"), "--quiet"],
        CLAUDE_API_KEY="unused")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / ".build-release/release/flowmeter"))
    parser.add_argument("--litellm", help="path of LiteLLM's `litellm` command; left out when not given")
    parser.add_argument("--seconds", type=int, default=8, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds, of which the median counts; 0: none")
    parser.add_argument("--idle", type=int, default=2000, help="idle streams to hold open")
    parser.add_argument("--soak", type=int, default=0, help="seconds of load under which RSS must stay flat")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    for tool in ("nginx", "wrk"):
        if not shutil.which(tool):
            raise SystemExit(f"error: {tool} is missing\nfix: make bench installs it")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))

    directory = tempfile.mkdtemp(prefix="flowmeter-bench-")
    processes = Processes(directory)
    try:
        report = run(options, directory, processes)
    finally:
        processes.stop_all()
        shutil.rmtree(directory, ignore_errors=True)
    print(json.dumps(report, indent=2) if options.json else render(report))


def soak(seconds, directory, flowmeter):
    """RSS of both gateways after each ten seconds of load, JSON and SSE in turn, and how many calls that was."""
    report = {"seconds": seconds, "requests": 0, "errors": 0, "JSON": [], "SSE": []}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for stream, name in ((False, "JSON"), (True, "SSE")):
            target = flowmeter[stream]
            result = load(directory, target["port"][stream], stream, 64, 5, "unused")
            report["requests"] += result["requests"]
            report["errors"] += result["errors"]
            report[name].append(round(rss_mb(target["process"].pid), 1))
    return report


def run(options, directory, processes):
    json_port, sse_port, plain_json, plain_sse, kept_json, kept_sse = (free_port() for _ in range(6))

    def canned(port, kind, body):
        # nginx takes no configuration word over 4 KB, so a longer body is put together from variables.
        head, mark, rest = body.partition("$request_id")
        pieces = [head + mark] + [rest[i:i + 3000] for i in range(0, len(rest), 3000)]
        variables = "".join(f" set $body{i} '{piece}';" for i, piece in enumerate(pieces))
        return (f"server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ default_type {kind};{variables}"
                f" add_header request-id req_$request_id; return 200 '{''.join(f'$body{i}' for i in range(len(pieces)))}'; }} }}")

    processes.nginx("upstream", canned(json_port, "application/json", canned_json())
                    + canned(sse_port, "text/event-stream", canned_sse()))

    def plain(port, upstream):
        return (f"server {{ listen 127.0.0.1:{port} backlog=4096;"
                f" location / {{ proxy_pass http://127.0.0.1:{upstream}; proxy_buffering off; }} }}\n")

    def kept(port, upstream):
        return (f"upstream u{port} {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 100000000; }}\n"
                f"server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ proxy_pass http://u{port};"
                " proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering off; } }\n")

    nginx = processes.nginx("plain", plain(plain_json, json_port) + plain(plain_sse, sse_port))
    nginx_kept = processes.nginx("kept", kept(kept_json, json_port) + kept(kept_sse, sse_port))
    flow_json, flow_sse = free_port(), free_port()
    targets = {
        "nginx": {False: {"process": nginx, "port": {False: plain_json}}, True: {"process": nginx, "port": {True: plain_sse}}},
        "nginx-keepalive": {False: {"process": nginx_kept, "port": {False: kept_json}},
                            True: {"process": nginx_kept, "port": {True: kept_sse}}},
        "flowmeter": {
            False: {"process": start_flowmeter(processes, options.binary, directory, "json", flow_json, json_port),
                    "port": {False: flow_json}},
            True: {"process": start_flowmeter(processes, options.binary, directory, "sse", flow_sse, sse_port),
                   "port": {True: flow_sse}}},
    }
    for port in (json_port, sse_port, plain_json, plain_sse, kept_json, kept_sse, flow_json, flow_sse):
        wait_for(port)
    if options.litellm:
        port, config = free_port(), pathlib.Path(directory) / "litellm.yaml"
        config.write_text(
            "model_list:\n  - model_name: claude-opus-5-5\n    litellm_params:\n      model: anthropic/claude-opus-5-5\n"
            f"      api_key: unused\n      api_base: http://127.0.0.1:{json_port}\n"
            "litellm_settings:\n  drop_params: true\n")
        process = processes.start("litellm", [options.litellm, "--config", str(config), "--host", "127.0.0.1", "--port", str(port),
                                              "--num_workers", "1"], LITELLM_LOG="ERROR", LITELLM_MASTER_KEY="sk-bench",
                                   LITELLM_LOCAL_MODEL_COST_MAP="True")
        wait_for(port, 180)
        targets["litellm"] = {False: {"process": process, "port": {False: port}, "key": "sk-bench"}}

    report = {"rows": [], "litellm": bool(options.litellm)}
    shapes = [(False, 16), (False, 64), (True, 16), (True, 64)]
    collected = {}
    for _ in range(options.rounds):
        for stream, connections in shapes:
            for name, kinds in targets.items():
                if stream in kinds:
                    collected.setdefault((name, stream, connections), []).append(
                        measure(directory, kinds[stream], stream, connections, options.seconds))
    for (name, stream, connections), results in sorted(collected.items(), key=lambda item: (item[0][1], item[0][2], item[0][0])):
        row = {key: statistics.median(result[key] for result in results) for key in results[0]}
        row["errors"] = sum(result["errors"] for result in results)
        report["rows"].append({"name": name, "stream": stream, "connections": connections, **row})
    if options.idle:
        report["idle"] = dict(zip(("before_mb", "after_mb"), asyncio.run(
            idle_streams(directory, processes, options.binary, options.idle))), streams=options.idle)
    if options.soak:
        report["soak"] = soak(options.soak, directory, targets["flowmeter"])
    report["metered"] = {}
    for name, port in (("json", flow_json), ("sse", flow_sse)):
        stored = usage_calls(options.binary, str(pathlib.Path(directory) / f"{name}.sqlite"))
        report["metered"][name.upper()] = {"taken": TAKEN[port], "stored": stored}
        if stored < TAKEN[port]:
            raise SystemExit(f"error: {TAKEN[port]} answers were taken from {name}, and {stored} are stored")
    return report


def render(report):
    lines = render_rounds(report) if report["rows"] else []
    if "idle" in report:
        lines.append(f"RSS with {report['idle']['streams']} idle streams: {report['idle']['after_mb']:.1f} MB"
                     f" (before: {report['idle']['before_mb']:.1f} MB; target 80 MB)")
    if "soak" in report:
        soaked = report["soak"]
        lines.append(f"{soaked['seconds']} s of load, 64 connections, JSON and SSE in turn: {soaked['requests']} calls,"
                     f" {soaked['errors']} errors")
        for name in ("JSON", "SSE"):
            samples = soaked[name]
            tenth = max(1, len(samples) // 10)
            lines.append(f"RSS of the gateway with {name}, in tenths of that time, highest of each: "
                         + " ".join(f"{max(samples[i:i + tenth]):.1f}" for i in range(0, len(samples), tenth)) + " MB")
    lines += [f"{name}: {counts['taken']} answers taken, {counts['stored']} events stored"
              for name, counts in report["metered"].items()]
    return "\n".join(lines)


def render_rounds(report):
    lines = [f"{'proxy':<16} {'answer':<7} {'conns':>5} {'req/s':>9} {'CPU µs/req':>11} {'p50 ms':>8} {'p99 ms':>8}"
             f" {'RSS MB':>7} {'errors':>6}"]
    table = {}
    for row in report["rows"]:
        table[row["name"], row["stream"], row["connections"]] = row
        lines.append(f"{row['name']:<16} {'SSE' if row['stream'] else 'JSON':<7} {row['connections']:>5} {row['rate']:>9.0f}"
                     f" {row['cpu_us']:>11.1f} {row['p50'] / 1000:>8.2f} {row['p99'] / 1000:>8.2f} {row['rss']:>7.1f} {row['errors']:>6}")
    lines.append("")
    for stream, limit in ((False, 3), (True, 4)):
        for connections in (16, 64):
            ours = table["flowmeter", stream, connections]
            peer, kept = table["nginx", stream, connections], table["nginx-keepalive", stream, connections]
            lines.append(f"CPU per {'SSE' if stream else 'JSON'} response at {connections} connections: "
                         f"{ours['cpu_us'] / peer['cpu_us']:.2f}x nginx (target {limit}x), "
                         f"{ours['cpu_us'] / kept['cpu_us']:.2f}x nginx with upstream keep-alive; "
                         f"p99 {(ours['p99'] - peer['p99']) / 1000:+.2f} ms over nginx,"
                         f" {(ours['p99'] - kept['p99']) / 1000:+.2f} ms over nginx with keep-alive")
    if report["litellm"]:
        ours, peer = table["flowmeter", False, 64], table["litellm", False, 64]
        lines.append(f"Throughput at 64 connections: {ours['rate'] / peer['rate']:.0f}x LiteLLM (target 150x); "
                     f"CPU {peer['cpu_us'] / ours['cpu_us']:.0f}x less")
    return lines


if __name__ == "__main__":
    sys.exit(main())
