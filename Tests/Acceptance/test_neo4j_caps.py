"""Caps over two gateways on one graph: to the last digit, under load, when one of them dies, and when the graph is away."""
import json
import pathlib
import re
import threading
import time
from decimal import Decimal

from arcadedb import ArcadeDB, GraphGateway
from harness import Simulator, until
from truth import charge_of
from wire import Connection, message, request_bytes

CAP = "0.80"
# A thousand tokens of output and one of input, at 20 and 4 USD a million.
PRICE = Decimal("0.020004")


def gateways(directory, simulator, graph, *names, **settings):
    made = []
    for name in names:
        folder = pathlib.Path(directory) / name
        folder.mkdir()
        made.append(GraphGateway(folder, simulator.url, graph, **settings).start(60))
    return made


def call(port, key, **extra):
    """Makes one call; its status and error, or `None` when the gateway is gone."""
    try:
        with Connection(port) as connection:
            connection.send(request_bytes(message(stream=False, **extra), key=key))
            status, headers, body = connection.response()
            return status, headers, json.loads(body)
    except (OSError, EOFError):
        return None


def left(gateway, key):
    """What a refusal says is left of the cap, and whether only running calls are in the way."""
    status, headers, body = call(gateway.port, key, max_tokens=1_000_000)
    assert status == 429, body
    text = body["error"]["message"]
    return re.search(r"([0-9.]+) USD are left", text), headers["x-should-retry"] == "true", text


class Load:
    """Clients that call, one after the other, until the cap is reached or they are told to stop."""

    def __init__(self, key, ports, clients):
        self.key, self.ports, self.answered, self.stopping = key, ports, 0, False
        self.unexpected = []
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.client, args=(i,)) for i in range(clients)]
        for thread in self.threads:
            thread.start()

    def client(self, number):
        deadline = time.monotonic() + 120
        while not self.stopping and time.monotonic() < deadline:
            answer = call(self.ports[number % len(self.ports)], self.key)
            if answer is None:
                time.sleep(0.02)
                continue
            status, headers, body = answer
            with self.lock:
                if status == 200:
                    self.answered += 1
                elif status != 429:
                    self.unexpected.append((status, body))
            if status == 429:
                if headers["x-should-retry"] == "false":
                    return
                time.sleep(0.02)

    def join(self):
        for thread in self.threads:
            thread.join()
        assert not self.unexpected, self.unexpected[:3]


def spent(gateway):
    return sum(charge_of(event) for event in gateway.events()) / Decimal(10**12)


def test_two_gateways_and_a_kill_never_exceed_a_cap(directory):
    graph = ArcadeDB(directory).start()
    simulator = Simulator(directory).start()
    simulator.default({"text": "Hello!", "usage": {"input_tokens": 1, "output_tokens": 1000}})
    first, second = gateways(directory, simulator, graph, "first", "second")
    try:
        key = first.create_key("acme", "--lifetime-limit", CAP)
        for gateway in (first, second):
            until(lambda: (call(gateway.port, key) or [0])[0] == 200, "the key to be known")
        # A call that runs when its gateway dies: it holds what it may cost until that gateway is back.
        simulator.queue({"text": "held", "gates": [{"name": "held", "at": "head"}]})
        threading.Thread(target=call, args=(first.port, key), daemon=True).start()
        simulator.wait_at("held")
        load = Load(key, [first.port, second.port], 8)
        until(lambda: load.answered >= 10, "calls through both gateways")
        first.kill()
        until(lambda: load.answered >= 15, "calls through the other one")
        first.start(60, first.port)
        load.join()
        assert load.answered >= 15
        simulator.open("held")
        # All is settled and in the graph: what is left is the cap without it, by either gateway.
        for gateway in (first, second):
            until(lambda: left(gateway, key)[0] is not None and not left(gateway, key)[1], "no reservation to be left")
        until(lambda: Decimal(left(second, key)[0][1]) == Decimal(CAP) - spent(second), "the queues to be forwarded")
        assert Decimal(left(first, key)[0][1]) == Decimal(CAP) - spent(first)
        # Calls that fit in go on to the last one, through whichever gateway.
        assert Decimal(CAP) - 2 * PRICE < spent(first) <= Decimal(CAP)
        ids = [event["id"] for event in first.events()]
        assert len(ids) == len(set(ids)) == spent(first) / PRICE
        first.verify()
    finally:
        first.kill()
        second.kill()
        simulator.kill()
        graph.kill()


def test_while_the_graph_is_away_only_customers_with_caps_wait_for_it(directory):
    graph = ArcadeDB(directory).start()
    simulator = Simulator(directory).start()
    [gateway] = gateways(directory, simulator, graph, "gateway")
    [alone] = gateways(directory, simulator, graph, "alone", FLOWMETER_SHARED_CAPS="off")
    try:
        capped = gateway.create_key("acme", "--daily-limit", "5")
        free = gateway.create_key("free")
        for each in (gateway, alone):
            for key in (capped, free):
                until(lambda: (call(each.port, key) or [0])[0] == 200, "the keys to be known")
        graph.kill()
        served = len(simulator.messages())
        status, headers, body = call(gateway.port, capped)
        assert (status, body["error"]["type"], headers["retry-after"]) == (503, "overloaded_error", "5")
        assert "spend limit" in body["error"]["message"] and headers["x-should-retry"] == "true"
        assert len(simulator.messages()) == served, "a call that was refused must not reach the API"
        assert call(gateway.port, free)[0] == 200
        # A gateway that counts by itself goes on.
        assert call(alone.port, capped)[0] == 200
        graph.start()
        until(lambda: call(gateway.port, capped)[0] == 200, "the customer to be let in again")
    finally:
        gateway.kill()
        alone.kill()
        simulator.kill()
        graph.kill()
