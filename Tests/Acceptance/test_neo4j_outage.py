"""Neo4j away for a while, under load: nothing is lost, nothing is there twice, the order stays, and the disk is bounded."""
import asyncio
import contextvars
import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor

from arcadedb import ArcadeDB, GraphGateway
from harness import Simulator, until
from killing import Clients, check
from wire import Connection, message, request_bytes

SEED = int(os.environ.get("FLOWMETER_SEED", "2026"))
current_client = contextvars.ContextVar("current_client")


class SeenInOrder(set):
    """The ids that were seen to their end, and for each client in which order."""

    def __init__(self):
        super().__init__()
        self.by_client = {}

    def add(self, id):
        super().add(id)
        self.by_client.setdefault(current_client.get(), []).append(id)


class OrderedClients(Clients):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.ids_seen = SeenInOrder()

    async def client(self, number):
        current_client.set(number)
        await super().client(number)

    async def see(self, more):
        """Returns when so many more responses were seen to their end."""
        target = len(self.ids_seen) + more
        for _ in range(6_000):
            if len(self.ids_seen) >= target:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"only {len(self.ids_seen)} of {target} responses came")


def waiting(gateway):
    """How many events wait in the gateway's queue."""
    with sqlite3.connect(f"file:{gateway.spool}?mode=ro", uri=True) as database:
        return database.execute("SELECT count(*) FROM waiting").fetchone()[0]


def drained(gateway):
    until(lambda: waiting(gateway) == 0, "the queue to be forwarded")


def misordered(events, by_client):
    """Clients whose calls, made one after the other, stand in another order in the chain."""
    place = {event["id"]: event["sequence"] for event in events}
    return [client for client, ids in by_client.items()
            if (places := [place[id] for id in ids if id in place]) != sorted(places)]


def test_outages_and_kills_lose_nothing(directory):
    graph = ArcadeDB(directory).start()
    simulator = Simulator(directory, seed=SEED).start()
    gateway = GraphGateway(directory, simulator.url, graph).start(60)
    clients = OrderedClients(gateway.port, 8, SEED)

    async def course():
        load = asyncio.create_task(clients.run())
        await clients.see(100)
        # Neo4j dies, in the middle of an append as likely as not. Calls go on.
        graph.kill()
        await clients.see(150)
        assert waiting(gateway) > 0
        # The gateway dies as well, and comes back while Neo4j is away: it serves by what it knew.
        gateway.kill()
        await asyncio.to_thread(gateway.start, 60, clients.port)
        await clients.see(150)
        assert waiting(gateway) > 150
        await asyncio.to_thread(graph.start)
        await clients.see(100)
        # Killed while it forwards: what Neo4j has already is forwarded again.
        gateway.kill()
        await asyncio.to_thread(gateway.start, 60, clients.port)
        await clients.see(100)
        # A queue that is added to without end need not be empty at any moment; it is below, once they have stopped.
        clients.stopping = True
        await load

    try:
        asyncio.run(course())
        drained(gateway)
        faults, events = check(simulator, gateway, clients)
        assert not faults, faults
        assert not misordered(events, clients.ids_seen.by_client)
        assert "serves by what it knew last" in gateway.log
        row = json.loads(gateway.run(
            "graph", "MATCH (m:Message) RETURN count(m) AS n, count(DISTINCT m.id) AS ids", "--json").stdout)
        assert row["n"] == row["ids"] == len(events)
        # A gateway that ends forwards the rest first.
        assert gateway.stop() == 0
        assert waiting(gateway) == 0
    finally:
        gateway.kill()
        simulator.kill()
        graph.kill()


def call(connection):
    connection.send(request_bytes(message(stream=False)))
    status, headers, body = connection.response()
    return status, headers, json.loads(body)


def is_let_in(gateway):
    """Whether a call is answered; a refusal ends its connection, so each try has one of its own."""
    with Connection(gateway.port) as connection:
        return call(connection)[0] == 200


def test_a_full_queue_refuses_new_calls_until_it_is_forwarded(directory):
    limit = 1 << 20
    graph = ArcadeDB(directory)
    simulator = Simulator(directory, seed=SEED).start()
    gateway = GraphGateway(directory, simulator.url, graph, FLOWMETER_SPOOL_MEGABYTES="1")
    try:
        with ThreadPoolExecutor() as pool:
            # Nothing is known of a graph that was never reached, so the first start of all waits for it.
            started = pool.submit(gateway.start, 120)
            until(lambda: gateway.log_path.exists() and "serves as soon as it answers" in gateway.log, "the warning")
            assert not gateway.port_file.exists()
            graph.start()
            started.result()
        graph.kill()
        accepted = 0
        with Connection(gateway.port) as connection:
            while (answer := call(connection))[0] == 200:
                accepted += 1
                assert accepted < 10_000, "the queue has no bound"
            status, headers, body = answer
            assert (status, body["error"]["type"]) == (529, "overloaded_error")
            assert headers["retry-after"] == "5"
            # A call that was refused was not forwarded: nothing of it would be on record.
            assert len(simulator.messages()) == accepted
            files = sum(path.stat().st_size for path in gateway.spool.parent.glob("spool.sqlite*"))
            assert limit < files < 32 * limit
            report = json.loads(gateway.run("doctor", "--json", check=False).stdout)
            verdicts = {finding["check"]: finding for finding in report["checks"]}
            assert verdicts["queue"]["verdict"] == verdicts["neo4j"]["verdict"] == "failed"
            assert "FLOWMETER_SPOOL_MEGABYTES" in verdicts["queue"]["fix"]
        graph.start()
        until(lambda: is_let_in(gateway), "calls to be let in again")
        drained(gateway)
        assert len(gateway.events()) == len(simulator.messages()) > accepted
        gateway.verify()
    finally:
        gateway.kill()
        simulator.kill()
        graph.kill()
