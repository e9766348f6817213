"""The peer of dev/bench/store.sh: Python's sqlite3 with plain inserts, same durability, no roll-ups, no receipts.

usage: store.py append FILE EXISTING COUNT BATCH
"""

import random
import resource
import sqlite3
import sys
import time

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def events(generator, start, count):
    """Rows like those of the store: an id, who, when, four counts and a charge."""
    rows = []
    for number in range(start, start + count):
        customer = generator.randrange(2000)
        rows.append((
            "msg_01" + "".join(generator.choices(LETTERS, k=22)),
            f"customer-{customer}", f"key_{customer}_{generator.randrange(2)}", f"session-{number // 48}",
            "req_01" + "".join(generator.choices(LETTERS, k=22)), "claude-opus-5-5", 1_760_000_000_000 + number * 3456,
            generator.randrange(20000), generator.randrange(20000), generator.randrange(20000),
            generator.randrange(20000), generator.randrange(10**12), "exact", "gateway",
        ))
    return rows


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def append(path, existing, count, batch):
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript("""
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA cache_size = -16384;
        PRAGMA wal_autocheckpoint = 4000;
        CREATE TABLE event (
            id TEXT NOT NULL UNIQUE, customer TEXT NOT NULL, key TEXT NOT NULL, session TEXT NOT NULL, requestID TEXT,
            model TEXT NOT NULL, time INTEGER NOT NULL, input INTEGER NOT NULL, output INTEGER NOT NULL,
            cacheWrite INTEGER NOT NULL, cacheRead INTEGER NOT NULL, charge INTEGER NOT NULL, quality TEXT NOT NULL,
            source TEXT NOT NULL
        );
    """)
    insert = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    generator = random.Random(1)
    done, used, elapsed = 0, 0.0, 0.0
    while done < existing + count:
        rows = events(generator, done, min(10_000, existing - done) if done < existing else batch)
        cpu_before, before = cpu(), time.monotonic()
        database.execute("BEGIN IMMEDIATE")
        database.executemany(insert, rows)
        database.execute("COMMIT")
        if done >= existing:
            used += cpu() - cpu_before
            elapsed += time.monotonic() - before
        done += len(rows)
    print(f"python sqlite3, plain inserts: {count / used:.0f} events/s of CPU ({used / count * 1e6:.1f} µs), "
          f"{count / elapsed:.0f} events/s on the clock, batches of {batch}, after {existing} events")


if __name__ == "__main__":
    append(sys.argv[2], *map(int, sys.argv[3:6]))
