"""`doctor` and `serve` know the names of every part, and say what of them is there."""
import http.server
import json
import threading

import pytest

import harness


@pytest.fixture
def flare():
    """A node of Coston2, as far as `doctor` asks."""
    class Node(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            question = json.loads(self.rfile.read(int(self.headers["content-length"])))
            answer = {"jsonrpc": "2.0", "id": question["id"]}
            if question["method"] == "eth_chainId" and self.path == "/ext/C/rpc?x-apikey=hidden":
                answer["result"] = self.server.chain
            else:
                answer["error"] = {"code": -32601, "message": "method not found"}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Node)
    server.chain = "0x72"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def doctor(directory, **environment):
    result = harness.run("doctor", "--json", "--database", f"{directory}/doctor.sqlite", check=False,
                         FLOWMETER_PORT="0", HOME=str(directory), **environment)
    assert result.returncode in (0, 2), result.stderr
    document = json.loads(result.stdout)
    assert document["healthy"] == (result.returncode == 0)
    assert all(check["verdict"] == "ok" or check["fix"] for check in document["checks"])
    assert "hidden" not in result.stdout + result.stderr
    return {check["check"]: check for check in document["checks"]}


def test_a_whole_installation_is_healthy(directory, simulator, flare):
    endpoint = f"http://127.0.0.1:{flare.server_port}/ext/C/rpc?x-apikey=hidden"
    checks = doctor(directory, FLOWMETER_UPSTREAM=simulator.url, FLARE_ENDPOINT=endpoint)
    assert {name for name, check in checks.items() if check["verdict"] != "ok"} == set()
    assert checks["flare"]["detail"] == f"http://127.0.0.1:{flare.server_port} answers: Coston2, chain 114"
    flare.chain = "0x1"
    assert doctor(directory, FLOWMETER_UPSTREAM=simulator.url, FLARE_ENDPOINT=endpoint)["flare"]["verdict"] == "failed"


def test_serve_says_what_is_configured_and_not_used(directory, simulator):
    gateway = harness.Gateway(directory, simulator.url, FLOW_CONTRACT_ADDRESS="0xf8d6e0586b0a20c7",
                              FLARE_ENDPOINT="https://node.invalid/rpc?x-apikey=hidden").start()
    assert gateway.stop() == 0
    assert "FLOW_CONTRACT_ADDRESS is 0xf8d6e0586b0a20c7, but this version settles on the local ledger" in gateway.log
    assert "FLARE_ENDPOINT is https://node.invalid, but" in gateway.log
    assert "hidden" not in gateway.log


@pytest.mark.parametrize("name", ["FLOW_CONTRACT_ADDRESS", "FLARE_ENDPOINT"])
def test_serve_refuses_an_address_that_is_none(directory, name):
    result = harness.run("serve", "--upstream", "http://127.0.0.1:1", "--database", f"{directory}/x.sqlite", check=False,
                         **{name: "nonsense"})
    assert result.returncode == 64
    assert name in result.stderr and "fix: " in result.stderr
