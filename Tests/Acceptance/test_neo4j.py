"""Usage in the graph: every command works on it as on the embedded database, and the graph can be asked itself."""
import contextlib
import csv
import datetime
import io
import json
from decimal import Decimal

import pytest

import harness
from arcadedb import ArcadeDB, GraphGateway
from wire import Connection, message, request_bytes


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    server = ArcadeDB(tmp_path_factory.mktemp("graph")).start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def gateway(graph, tmp_path_factory):
    """A gateway that has served three customers' calls: some of a subagent, some with searches, some very dear."""
    directory = tmp_path_factory.mktemp("gateway")
    with contextlib.ExitStack() as running:
        simulator = harness.Simulator(directory).start()
        running.callback(simulator.stop)
        gateway = GraphGateway(directory, simulator.url, graph)
        import_dear_prices(gateway, directory)
        running.callback(gateway.start(60).stop)
        serve_customers(gateway)
        yield gateway
        assert gateway.stop() == 0


def serve_customers(gateway):
    keys = {name: gateway.create_key(name) for name in ("alice", "bob", "carol")}
    with Connection(gateway.port) as connection:
        def call(customer, scenario, model="claude-opus-5-5", **headers):
            request = request_bytes(message(scenario=scenario, stream=False, model=model), key=keys[customer], **headers)

            def answered():
                # A key that was just made is seen with the next look at the directory.
                connection.send(request)
                return connection.response()[0] == 200
            harness.until(answered, "an answer")
        for number in range(6):
            call("alice", {"text": "word " * number, "usage": {"input_tokens": 10, "cache_read_input_tokens": 90}},
                 x_flowmeter_session=f"s{number % 2}")
        call("alice", {"text": "done"}, x_flowmeter_session="s1", x_claude_code_agent_id="agent-7")
        call("bob", {"text": "found", "usage": {"server_tool_use": {"web_search_requests": 3}}},
             x_flowmeter_session="search")
        for number in range(5):
            call("carol", {"text": "dear", "usage": {
                "output_tokens": 3000, "server_tool_use": {"web_search_requests": 1}}}, model=DEAR,
                 x_flowmeter_session="dear")
    harness.until(lambda: len(gateway.events()) == 13, "the events to be forwarded")


# Five calls of it cost 15 million US dollars: more than 64 bits of 10⁻¹² hold.
DEAR = "claude-haiku-4-5"


def import_dear_prices(gateway, directory):
    file = directory / "dear.prices"
    gateway.run("prices", "export", "--output", file)
    lines = []
    for line in file.read_text().splitlines():
        if line.startswith("id: "):
            line = "id: dear"
        elif line.startswith("effective-from: "):
            line = f"effective-from: {datetime.datetime.now(datetime.UTC):%Y-%m-%d}T00:00:00.000Z"
        elif line.startswith(f"{DEAR}/output "):
            line = f"{DEAR}/output 999999999999999"
        lines.append(line)
    file.write_text("\n".join(lines) + "\n")
    gateway.run("prices", "import", file)


def rows(gateway, *arguments):
    return [json.loads(line) for line in gateway.run("graph", *arguments, "--json").stdout.splitlines()]


def total(gateway):
    return Decimal(json.loads(gateway.run("usage", "--by", "total", "--json").stdout)["total"]["charge_usd"])


def test_commands_work_as_on_the_embedded_database(gateway):
    gateway.verify()
    assert {c["id"] for c in json.loads(gateway.run("customers", "list", "--json").stdout)} >= {"alice", "bob"}
    assert len(json.loads(gateway.run("keys", "list", "--json").stdout)) == 3
    usage = json.loads(gateway.run("usage", "--by", "customer", "--json").stdout)
    assert sum(row["calls"] for row in usage["rows"]) == 13
    assert gateway.run("receipts", "list", "--customer", "alice").stdout.count("msg_") == 7
    assert not gateway.database.exists(), "nothing belongs into an SQLite database"


def test_doctor_knows_the_graph(gateway, graph):
    report = json.loads(gateway.run("doctor", "--json", check=False).stdout)
    checks = {finding["check"]: finding for finding in report["checks"]}
    for name in ("neo4j", "schema", "usage", "queue", "access", "clock"):
        assert checks[name]["verdict"] == "ok", checks[name]
    assert "Bolt 5.4" in checks["neo4j"]["detail"]
    wrong = json.loads(gateway.run("doctor", "--json", check=False, NEO4J_PASSWORD="topsecret").stdout)
    finding = next(f for f in wrong["checks"] if f["check"] == "neo4j")
    assert finding["verdict"] == "failed" and "NEO4J_PASSWORD" in finding["fix"]
    assert "topsecret" not in json.dumps(wrong)


def test_serve_ends_when_its_credentials_are_refused(graph, tmp_path):
    refused = harness.run("serve", "--upstream", "http://127.0.0.1:1", "--database", tmp_path / "x.sqlite", "--port", "0",
                          check=False, **{**graph.environment, "NEO4J_PASSWORD": "topsecret"})
    assert refused.returncode == 64
    assert "fix: check NEO4J_USER and NEO4J_PASSWORD" in refused.stderr and "topsecret" not in refused.stderr


def test_a_second_gateway_does_not_take_the_queue(gateway, graph, tmp_path):
    second = harness.run("serve", "--upstream", "http://127.0.0.1:1", "--database", gateway.database, "--port", "0",
                         check=False, **graph.environment)
    assert second.returncode == 1
    assert "another gateway uses the queue" in second.stderr and "FLOWMETER_SPOOL" in second.stderr


@pytest.mark.parametrize("name", [
    "cost-by-agent", "cost-by-customer", "cost-by-key", "cost-by-model", "cost-by-tool", "costliest-sessions",
    "busiest-hours"])
def test_costs_add_up_whatever_they_are_split_by(gateway, name):
    found = rows(gateway, "run", name)
    assert sum(Decimal(row["charge_usd"]) for row in found) == total(gateway) > 9_300_000
    text = gateway.run("graph", "run", name).stdout
    assert "charge USD" in text.splitlines()[0]


def test_the_split_by_agent_and_tool_is_right(gateway):
    agents = {(row["customer"], row["session"], row["agent"]): row["calls"]
              for row in rows(gateway, "run", "cost-by-agent")}
    assert agents == {("alice", "s0", "(main)"): 3, ("alice", "s1", "(main)"): 3, ("alice", "s1", "agent-7"): 1,
                      ("bob", "search", "(main)"): 1, ("carol", "dear", "(main)"): 5}
    tools = {row["tool"]: row for row in rows(gateway, "run", "cost-by-tool", "--param", "customer=bob")}
    assert (tools["web_search"]["uses"], tools["web_search"]["charge_usd"]) == (3, "0.03")
    assert tools["(model)"]["uses"] == 1


def test_the_query_of_the_plan_works_as_it_is_written(gateway):
    [row] = rows(gateway, "run", "session-tokens", "--param", "sessionId=s0")
    usage = json.loads(gateway.run("usage", "--by", "session", "--session", "s0", "--json").stdout)["total"]
    tokens = sum(value for name, value in usage.items() if name.endswith("_tokens"))
    assert row == {"messages": 3, "totalTokens": tokens}
    assert tokens > 300


def test_the_other_queries_answer(gateway):
    ratio = {row["customer"]: row["hitPercent"] for row in rows(gateway, "run", "cache-hit-ratio")}
    assert 50 < ratio["alice"] < 90
    messages = rows(gateway, "run", "session-messages", "--param", "sessionId=s1")
    assert [row["agent"] for row in messages].count("agent-7") == 1 and len(messages) == 4
    assert rows(gateway, "run", "open-questions") == []


def test_queries_of_ones_own(gateway):
    [row] = rows(gateway, "MATCH (c:Customer {id: $id})-[:HAS_SESSION]->(s) RETURN c, count(s) AS n", "--param", "id=bob")
    assert row["c"]["labels"] == ["Customer"] and row["c"]["properties"]["id"] == "bob" and row["n"] == 1
    [row] = rows(gateway, "RETURN $list AS list, date('2024-02-29') AS day, duration('P14M3DT5S') AS span, "
                 "point({x: 1, y: 2}) AS place, 1.5 AS number, null AS nothing", "--param", 'list=[1,"a",{"b":true}]')
    assert row == {"list": [1, "a", {"b": True}], "day": "2024-02-29", "span": "P14M3DT5S",
                   "place": {"srid": 7203, "x": 1, "y": 2}, "number": 1.5, "nothing": None}
    path = gateway.run("graph", "MATCH p = (:Customer {id: 'bob'})-->(:Session) RETURN p").stdout
    assert ")-[:HAS_SESSION]->(:Session" in path
    table = gateway.run("graph", "UNWIND range(1, 500) AS x RETURN x")
    assert len(table.stdout.splitlines()) == 101 and "raise --limit" in table.stderr
    listed = list(csv.DictReader(io.StringIO(
        gateway.run("graph", "UNWIND range(1, 500) AS x RETURN x, x * 1000000000 AS charge", "--csv").stdout)))
    assert len(listed) == 500 and listed[4] == {"x": "5", "charge_usd": "0.005"}
    assert len(rows(gateway, "UNWIND range(1, 500) AS x RETURN x", "--limit", "7")) == 7


def test_nothing_can_be_changed(gateway):
    before = len(gateway.events())
    for query in ("MATCH (m:Message) DETACH DELETE m", "CREATE (:Message {id: 'x'})", "MATCH (m:Message) SET m.charge = 0"):
        refused = gateway.run("graph", query, check=False)
        assert refused.returncode == 64 and "only reads" in refused.stderr
    wrong = gateway.run("graph", "MATCH (n) RETURN nonsense(", check=False)
    assert wrong.returncode == 64 and "fix: correct the query" in wrong.stderr
    assert len(gateway.events()) == before


def test_the_oracle_takes_its_lease_in_the_graph(gateway):
    gateway.run("oracle", "step", "--all")
    [row] = rows(gateway, "MATCH (l:OracleLease) RETURN count(l) AS n")
    assert row["n"] == 1
    # An epoch may have ended between the calls and now: then they are in it.
    status = json.loads(gateway.run("oracle", "status", "--json").stdout)
    assert Decimal(status["committed_charge_usd"]) + Decimal(status["open_charge_usd"]) == total(gateway)


def test_transcripts_are_imported_once(gateway):
    samples = harness.ROOT / "Sources/FlowmeterCommands/Demo/Samples"
    before = len(gateway.events())
    tried = json.loads(gateway.run("import", "claude-code", samples, "--dry-run", "--json").stdout)
    first = json.loads(gateway.run("import", "claude-code", samples, "--json").stdout)
    assert tried["new"]["calls"] == first["new"]["calls"] > 0
    again = json.loads(gateway.run("import", "claude-code", samples, "--json").stdout)
    assert again["new"]["calls"] == 0
    assert len(gateway.events()) == before + first["new"]["calls"]
    gateway.verify()
