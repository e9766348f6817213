"""The official Python client sees the same through the gateway as without it, and what it used is metered exactly.

Both generations of the client are tried: 0.x sends its key as `x-api-key`, 2.x as `Authorization: Bearer`.
"""
import ast
import json
import os
import pathlib
import subprocess
import sys

import anthropic
import pytest

import harness
import wire
from truth import assert_metered, event_id

PROGRAM = pathlib.Path(__file__).with_name("official_client.py")
PYTHONS = {"current": sys.executable, "0.x": os.environ.get("FLOWMETER_OLD_CLIENT_PYTHON")}
SCRIPTS = next(
    [name.id for name in node.value.elts] for node in ast.parse(PROGRAM.read_text()).body
    if isinstance(node, ast.Assign) and node.targets[0].id == "SCRIPTS")


class Run:
    """One generation of the client, once without and once with the gateway, on simulators with the same seed."""

    def __init__(self, directory, python):
        self.direct = harness.Simulator(directory, "direct").start()
        self.upstream = harness.Simulator(directory, "upstream").start()
        self.gateway = harness.Gateway(directory, self.upstream.url).start()
        try:
            programs = [self.program(python, url) for url in (self.direct.url, self.gateway.url)]
            self.without, self.through = (json.loads(program.communicate()[0]) for program in programs)
            self.served_without, self.served_through = self.direct.served(), self.upstream.served()
            self.events = self.gateway.events()
        finally:
            for server in (self.gateway, self.upstream, self.direct):
                server.kill()

    @staticmethod
    def program(python, url):
        return subprocess.Popen([python, "-B", str(PROGRAM), url], stdout=subprocess.PIPE, text=True,
                                env=harness.clean_environment())


@pytest.fixture(scope="module", params=PYTHONS)
def run(request, tmp_path_factory):
    if PYTHONS[request.param] is None:
        pytest.skip("FLOWMETER_OLD_CLIENT_PYTHON is not set; dev/acceptance.sh sets it")
    return Run(tmp_path_factory.mktemp("client"), PYTHONS[request.param])


@pytest.mark.parametrize("script", SCRIPTS)
def test_results_are_the_same_with_and_without_the_gateway(run, script):
    without, through = run.without[script], run.through[script]
    assert "failed" not in without, without["failed"]
    assert "failed" not in through, through["failed"]
    assert through == without


def messages(served):
    return [entry for entry in served if entry["kind"] != "other" and entry["message_id"]]


def test_every_call_is_metered_to_the_last_token(run):
    served = messages(run.served_through)
    assert len(served) > 30
    assert [entry["usage"] for entry in served] == [entry["usage"] for entry in messages(run.served_without)]
    assert_metered(served, run.events)
    sources = {event["id"]: event["source"] for event in run.events}
    for entry in served:
        assert sources[event_id(entry)] == ("batch" if entry["kind"] == "batch_result" else "gateway")


def test_the_client_sends_the_credential_of_its_version(run):
    names = {name for name, _ in run.served_without[0]["request_headers"]}
    expected = "authorization" if int(run.without["version"].split(".")[0]) >= 2 else "x-api-key"
    assert names & {"authorization", "x-api-key"} == {expected}


def test_a_key_of_the_gateway_is_needed_once_there_are_keys(simulator, gateway):
    def api(key):
        return anthropic.Anthropic(api_key=key, base_url=gateway.url, max_retries=0)

    def ask(key, prompt):
        return api(key).messages.create(
            model="claude-opus-5-5", max_tokens=100, messages=[{"role": "user", "content": prompt}])

    assert gateway.event(ask("anything", "Before there are keys").id)["customer"] == "default"
    secret = gateway.create_key("alice")
    assert secret.startswith("fm_")

    def refusal():
        try:
            ask("fm_" + "0" * (len(secret) - 3), "Mallory")
        except anthropic.AuthenticationError as error:
            return error
        return None

    # The gateway follows a new key within seconds; until then it serves anyone on this machine.
    refused = harness.until(refusal, "the gateway to know the key")
    assert refused.body["error"]["type"] == "authentication_error"
    assert gateway.event(ask(secret, "From Alice").id)["customer"] == "alice"
    for entry in simulator.served():
        headers = entry["request_headers"]
        assert ["x-api-key", harness.UPSTREAM_KEY] in headers
        assert all(secret not in value for _, value in headers), "a customer's secret reached the upstream"


def test_trailers_do_the_client_no_harm(directory, simulator):
    """Every metered stream ends in a trailer; the client passes over it and goes on with the same connection."""
    gateway = harness.Gateway(directory, simulator.url).start()
    port = int(gateway.url.rsplit(":", 1)[1])
    with wire.Connection(port) as connection:
        connection.send(wire.request_bytes(wire.message("raw")) + wire.request_bytes(wire.message("again")))
        raw = connection.read_until(b"\r\n\r\n")
        assert b"trailer: flowmeter-receipt" in raw
        assert b"\r\n0\r\nflowmeter-receipt: msg_" in connection.read_until(b"\r\n\r\nHTTP/1.1 200")
    connections = []
    with anthropic.Anthropic(base_url=gateway.url, api_key="sk-test", max_retries=0) as client:
        pool = client._client._transport._pool
        for number in range(5):
            with client.messages.stream(model="claude-opus-5-5", max_tokens=100,
                                        messages=[{"role": "user", "content": f"call {number}"}]) as stream:
                text = "".join(stream.text_stream)
                message = stream.get_final_message()
            assert text == message.content[0].text and message.stop_reason
            assert gateway.event(message.id)["id"] == message.id
            connections.append([id(connection) for connection in pool.connections])
    assert connections == [connections[0]] * 5 and len(connections[0]) == 1
    assert gateway.stop() == 0
