"""The oracle survives the death of its process, and money moves once."""
import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from decimal import Decimal

import harness
from killing import Clients, load_and_kill
from truth import charge_of

KILLS = int(os.environ.get("FLOWMETER_ORACLE_KILLS", "25"))
SEED = int(os.environ.get("FLOWMETER_SEED", "2026"))
# Epochs of a second, and nothing is too small to settle: so kills come in the middle of the oracle's work.
ORACLE = {"FLOWMETER_EPOCH_SECONDS": "1", "FLOWMETER_SETTLE_MINIMUM": "0"}


def pico(text):
    value = Decimal(text) * 10**12
    assert value == int(value), text
    return int(value)


def call(gateway, text, key="none"):
    body = {"model": "claude-opus-5-5", "max_tokens": 64, "messages": [{"role": "user", "content": text}]}
    request = urllib.request.Request(gateway.url + "/v1/messages", data=json.dumps(body).encode(), headers={
        "x-api-key": key, "anthropic-version": "2023-06-01", "content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=harness.PATIENCE) as response:
        return response.read()


def end_lease(gateway):
    """As if the 30 seconds of a killed oracle's lease were over."""
    with sqlite3.connect(gateway.database.parent / "oracle.sqlite", timeout=30) as database:
        database.execute("UPDATE lease SET until = 0")


def settle_all(gateway):
    """Lets the oracle finish, with the gateway down: what is open is closed when its epoch has ended."""
    def is_done():
        end_lease(gateway)
        gateway.run("oracle", "step", "--all", **ORACLE)
        status = json.loads(gateway.run("oracle", "status", "--json", **ORACLE).stdout)
        return status if status["open_charge_usd"] == "0" and status["open_batches"] == 0 else None

    return harness.until(is_done, "the oracle to settle everything")


def check_files(gateway, directory):
    """Everything verifies from files alone, by two programs, and the audit has nothing to say."""
    evidence = directory / "evidence"
    gateway.run("epochs", "export", evidence, "--inclusion")
    harness.run("epochs", "verify", evidence)
    harness.run("audit", evidence)
    script = harness.ROOT / "docs/verify.py"
    # The independent verifier takes milliseconds for a signature; a few receipts of one customer are enough for it.
    return subprocess.run([sys.executable, "-B", str(script), str(evidence)], capture_output=True, text=True, timeout=600)


def test_money_moves_once_whatever_is_killed(tmp_path):
    simulator = harness.Simulator(tmp_path, seed=SEED).start()
    gateway = harness.Gateway(tmp_path, simulator.url, **ORACLE).start()
    try:
        gateway.run("ledger", "subscribe", "default", **ORACLE)
        gateway.run("ledger", "deposit", "default", "1000", **ORACLE)
        rng = random.Random(SEED)
        broken = 0
        for round in range(3):
            if round:
                gateway.start()
            clients = Clients(gateway.port, 4, SEED + round)
            asyncio.run(load_and_kill(gateway, clients, KILLS // 3, rng))
            broken += clients.broken
            gateway.stop()
            # In the middle of steps too: the command is killed, and the next one goes on.
            for _ in range(KILLS):
                end_lease(gateway)
                command = subprocess.Popen(
                    [str(harness.BINARY), "oracle", "step", "--all", "--database", str(gateway.database)],
                    env=harness.clean_environment(**ORACLE), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(rng.random() * 0.15)
                command.kill()
                command.wait()
            status = settle_all(gateway)

        events = gateway.events()
        charged = sum(charge_of(event) or 0 for event in events)
        assert charged > 0 and broken > 0
        assert pico(status["committed_charge_usd"]) == charged
        assert status["findings"] == []
        epochs = [json.loads(line) for line in gateway.run("epochs", "list", "--limit", 0, "--json").stdout.splitlines()]
        assert sum(epoch["sum"] for epoch in epochs) == charged
        assert sum(epoch["receipts"] for epoch in epochs) == len(events)
        assert len({epoch["epoch"] for epoch in epochs}) == len(epochs) > 1

        statement = json.loads(gateway.run("ledger", "statement", "default", "--json").stdout)
        settlements = [entry for entry in statement["entries"] if entry["kind"] == "settlement"]
        assert len({entry["epoch"] for entry in settlements}) == len(settlements) > 1, "an epoch was settled twice"
        moved = -sum(pico(entry["amount_usd"]) for entry in settlements)
        assert moved + pico(settlements[-1]["unsettled_usd"]) == charged
        gateway.run("epochs", "verify")
        print(f"{KILLS} kills of the gateway and {3 * KILLS} of the oracle, {len(events)} events, {len(epochs)} epochs, "
              f"{len(settlements)} settlements, {Decimal(charged) / 10**12} USD")
    finally:
        gateway.kill()
        simulator.kill()


def test_an_interrupt_ends_the_oracle_at_any_moment(directory, simulator):
    gateway = harness.Gateway(directory, simulator.url, FLOWMETER_ORACLE="off", **ORACLE).start()
    call(gateway, "hello")
    assert gateway.stop() == 0
    environment = harness.clean_environment(FLOWMETER_DATABASE=str(gateway.database), **ORACLE)
    for pause in [None, 0.3, 0.1, 0.03, 0]:
        process = subprocess.Popen([str(harness.BINARY), "oracle", "run"], env=environment, text=True,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if pause is None:
            assert "the oracle runs" in process.stderr.readline()
        else:
            time.sleep(pause)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=harness.PATIENCE)
        # Before the program has begun, the system ends it.
        assert process.returncode in ([0] if pause is None else [0, -signal.SIGINT]), errors
        assert "lease lasts on" not in errors
    with sqlite3.connect(gateway.database.parent / "oracle.sqlite", timeout=30) as database:
        assert database.execute("SELECT until FROM lease").fetchone()[0] == 0


def test_evidence_verifies_from_files_alone(directory, simulator):
    gateway = harness.Gateway(directory, simulator.url, **ORACLE).start()
    for number in range(12):
        call(gateway, f"call {number}")
    assert gateway.stop() == 0
    settle_all(gateway)
    path = gateway.database.parent
    result = check_files(gateway, path)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("verified: 12 receipts")

    # One digit of one receipt, and both programs object.
    receipts = path / "evidence/receipts.jsonl"
    text = receipts.read_text()
    receipts.write_text(text.replace('"sequence":3', '"sequence":4', 1))
    assert harness.run("epochs", "verify", path / "evidence", check=False).returncode == 2
    assert check_python(path).returncode == 1


def check_python(path):
    return subprocess.run([sys.executable, "-B", str(harness.ROOT / "docs/verify.py"), str(path / "evidence")],
                          capture_output=True, text=True, timeout=600)


def test_documents_are_served_to_their_owner(directory, simulator):
    token = "acceptance-admin-token"
    gateway = harness.Gateway(directory, simulator.url, FLOWMETER_ADMIN_TOKEN=token, **ORACLE)
    gateway.start()
    alice = gateway.create_key("alice")
    bob = gateway.create_key("bob")

    def get(path, key):
        request = urllib.request.Request(gateway.url + path, headers={"x-api-key": key})
        try:
            with urllib.request.urlopen(request, timeout=harness.PATIENCE) as response:
                return response.status, json.loads(response.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    # Until the gateway knows that there are keys, it serves this machine as the customer default.
    harness.until(lambda: get("/api/v1/epochs", "wrong")[0] == 401, "the gateway to know the keys")
    call(gateway, "hello", alice)
    harness.until(lambda: get("/api/v1/proofs/alice/receipts/1", alice)[0] == 200, "the epoch of the call")
    status, proof = get("/api/v1/proofs/alice/receipts/1", alice)
    assert proof["kind"] == "inclusion" and proof["entry"]["customer"] == "alice"
    epoch = proof["entry"]["epoch"]
    # An epoch is signed a moment after it was closed.
    status, signed = harness.until(lambda: (found := get(f"/api/v1/epochs/{epoch}", bob))[0] == 200 and found,
                                   "the signature of the epoch")
    assert signed["commitment"]["epoch"] == epoch
    assert get(f"/api/v1/proofs/alice/epochs/{epoch}", token)[1]["kind"] == "total"
    assert get("/api/v1/proofs/alice/receipts/1", bob)[0] == 403
    assert get("/api/v1/epochs", "wrong")[0] == 401
    assert token not in gateway.log
    gateway.stop()
