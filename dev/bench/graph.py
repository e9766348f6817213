"""Writes messages of three sessions with the official Python driver, in the shapes that people use.

usage: graph.py URI USER PASSWORD RUN MESSAGES BATCH [SHAPE...]

Each shape has labels and constraints of its own; RUN makes them new. Prints a line per shape: its name, the messages per
second over all, and those of each quarter. The messages have eight properties, a third of what Flowmeter's have.
"""
import sys
import time

import neo4j

SHAPES = {
    # Idempotent; no counters.
    "B": "UNWIND $rows AS r MERGE (m:M {id: r.mid}) ON CREATE SET m.sid = r.sid, m.ts = r.ts, m.role = r.role, "
    "m.tin = r.tin, m.tout = r.tout, m.model = r.model, m.cost = r.cost "
    "MERGE (s:S {id: r.sid}) MERGE (m)<-[:HAS_MESSAGE]-(s)",
    "E": "UNWIND $rows AS r OPTIONAL MATCH (x:M {id: r.mid}) WITH r WHERE x IS NULL MERGE (s:S {id: r.sid}) "
    "CREATE (s)-[:HAS_MESSAGE]->(:M {id: r.mid, sid: r.sid, ts: r.ts, role: r.role, tin: r.tin, tout: r.tout, "
    "model: r.model, cost: r.cost})",
    # Idempotent, with a session's counters.
    "H1": "UNWIND $rows AS r OPTIONAL MATCH (x:M {id: r.mid}) WITH r WHERE x IS NULL MERGE (s:S {id: r.sid}) "
    "CREATE (s)-[:HAS_MESSAGE]->(m:M {id: r.mid, sid: r.sid, ts: r.ts, role: r.role, tin: r.tin, tout: r.tout, "
    "model: r.model, cost: r.cost}) "
    "WITH s, count(m) AS n, sum(m.tin) AS tin, max(m.ts) AS last "
    "SET s.messages = coalesce(s.messages, 0) + n, s.tin = coalesce(s.tin, 0) + tin, "
    "s.last = CASE WHEN s.last IS NULL OR s.last < last THEN last ELSE s.last END",
    "H2": "UNWIND $rows AS r MERGE (m:M {id: r.mid}) ON CREATE SET m.batch = $token, m.sid = r.sid, m.ts = r.ts, "
    "m.role = r.role, m.tin = r.tin, m.tout = r.tout, m.model = r.model, m.cost = r.cost "
    "WITH DISTINCT m, r.sid AS sid WHERE m.batch = $token "
    "MERGE (s:S {id: sid}) CREATE (s)-[:HAS_MESSAGE]->(m) REMOVE m.batch "
    "WITH s, count(m) AS n, sum(m.tin) AS tin "
    "SET s.messages = coalesce(s.messages, 0) + n, s.tin = coalesce(s.tin, 0) + tin",
}


def measure(session, shape, run, messages, batch):
    message, parent = f"M{shape}{run}", f"S{shape}{run}"
    for label in (message, parent):
        session.run(f"CREATE CONSTRAINT FOR (n:{label}) REQUIRE n.id IS UNIQUE").consume()
    query = SHAPES[shape].replace(":M ", f":{message} ").replace(":S ", f":{parent} ")
    times = []
    for start in range(0, messages, batch):
        rows = [
            {"mid": f"msg_{run}_{i}", "sid": f"{run}-{i % 3}", "ts": 1795000000000 + i, "role": "assistant",
             "tin": 20000 + i % 7000, "tout": 150 + i % 60, "model": "claude-opus-5-5", "cost": 5000000000 + i}
            for i in range(start, start + batch)
        ]
        began = time.monotonic()
        session.execute_write(lambda tx: tx.run(query, rows=rows, token=f"{run}-{start}").consume())
        times.append(time.monotonic() - began)
    stored = session.run(f"MATCH (:{parent})-[:HAS_MESSAGE]->(m:{message}) RETURN count(m) AS n").single()["n"]
    assert stored == messages, (shape, stored)
    quarter = max(1, len(times) // 4)
    parts = [times[i:i + quarter] for i in range(0, len(times), quarter)]
    print(shape, round(messages / sum(times)), *(round(len(part) * batch / sum(part)) for part in parts), flush=True)


def main():
    uri, user, password, run, messages, batch, *shapes = sys.argv[1:]
    with neo4j.GraphDatabase.driver(uri, auth=(user, password)) as driver, driver.session(database="neo4j") as session:
        for shape in shapes or SHAPES:
            measure(session, shape, run, int(messages), int(batch))


main()
