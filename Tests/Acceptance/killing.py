"""Kills the gateway at random moments under load, and checks that the store holds what its clients saw: no less, no more.

    killing.py [--kills N] [--clients N] [--seed N] [--keep DIRECTORY]

Clients call through the gateway without end, half of them streaming. The gateway is killed with SIGKILL at a random
moment, started again on the same database and port, and so on. At the end, for every response whose last byte a client
saw (`message_stop`, or the last byte of a JSON body), the store must hold exactly one event, with the charge of what
was served; no id may be there twice; every receipt chain must be whole; and nothing may be there that was not served.
"""
import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
import time

from harness import PATIENCE, Gateway, Simulator
from truth import charge_of, reference_charges
from wire import message, request_bytes

STOP = b'data: {"type":"message_stop"}\n\n'


class Clients:
    """Clients that never give up."""

    def __init__(self, port, count, seed):
        self.port, self.count = port, count
        self.random = random.Random(seed)
        self.sent = self.broken = 0
        self.ids_seen = set()
        self.stopping = False

    async def run(self):
        await asyncio.gather(*(self.client(number) for number in range(self.count)))

    async def client(self, number):
        streams = number % 2 == 0
        while not self.stopping:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                # The gateway is down just now.
                await asyncio.sleep(0.005)
                continue
            try:
                while not self.stopping:
                    await self.call(reader, writer, streams)
            except (asyncio.IncompleteReadError, OSError):
                self.broken += 1
            finally:
                writer.close()

    async def call(self, reader, writer, streams):
        self.sent += 1
        scenario = {"text": "word " * self.random.randrange(1, 40)}
        if streams:
            # Some streams take a while, so that kills hit them in the middle.
            pause = self.random.choice([0, 0, 1, 4])
            scenario["delays"] = [{"milliseconds": pause}] if pause else []
        writer.write(request_bytes(message(f"call {self.sent}", scenario, stream=streams)))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            # While it starts or stops, the gateway may refuse; it must not break.
            if not head.startswith((b"HTTP/1.1 502 ", b"HTTP/1.1 503 ")):
                raise AssertionError(f"unexpected answer {head!r}")
            writer.close()
            return
        if streams:
            await self.read_stream(reader)
        else:
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            self.ids_seen.add(json.loads(body)["id"])

    async def read_stream(self, reader):
        body = b""
        seen = False
        while True:
            size = int(await reader.readuntil(b"\r\n"), 16)
            if size == 0:
                # The receipt of a stream comes as a trailer.
                while await reader.readuntil(b"\r\n") != b"\r\n":
                    pass
                return
            body += (await reader.readexactly(size + 2))[:-2]
            # Seen is seen, even when the connection breaks right after it.
            if not seen and body.endswith(STOP):
                start = body.split(b"data: ", 2)[1].split(b"\n")[0]
                self.ids_seen.add(json.loads(start)["message"]["id"])
                seen = True


async def load_and_kill(gateway, clients, kills, rng):
    load = asyncio.create_task(clients.run())
    for number in range(kills):
        # Sometimes at once, while it still starts to work; mostly under full load, which is counted in responses and
        # not in time: on a slow machine a gateway that lived for a moment would have shown nothing.
        wanted = len(clients.ids_seen) + rng.choice([0, 1, 4, 16, 64])
        deadline = time.monotonic() + PATIENCE
        while len(clients.ids_seen) < wanted and not load.done():
            assert time.monotonic() < deadline, f"the gateway answers nothing after {number} kills"
            await asyncio.sleep(0.001)
        await asyncio.sleep(rng.choice([0, 0.02, 0.1, 0.25]) * rng.random())
        if load.done():
            break
        gateway.kill()
        await asyncio.to_thread(gateway.start, 60, clients.port)
        if (number + 1) % 50 == 0:
            print(f"{number + 1} kills, {len(clients.ids_seen)} responses seen", flush=True)
    await asyncio.sleep(0.3)
    clients.stopping = True
    await load


def check(simulator, gateway, clients):
    """What is wrong, in words."""
    faults = []
    events = gateway.events()
    by_id = {event["id"]: event for event in events}
    served = {entry["message_id"]: entry for entry in simulator.messages()}
    if len(by_id) != len(events):
        faults.append(f"{len(events) - len(by_id)} events are stored twice")
    lost = clients.ids_seen - by_id.keys()
    if lost:
        faults.append(f"{len(lost)} responses were seen to their end and are not stored, such as {sorted(lost)[:3]}")
    invented = by_id.keys() - served.keys()
    if invented:
        faults.append(f"{len(invented)} events were never served, such as {sorted(invented)[:3]}")
    # Drained and exact events tell the whole; an estimate belongs to a response that nobody saw to its end.
    whole = [id for id, event in by_id.items() if id in served and event["quality"] != "estimated"]
    charges = reference_charges([served[id] for id in whole], [by_id[id]["time_ms"] for id in whole])
    wrong = [id for id, charge in zip(whole, charges, strict=True) if charge_of(by_id[id]) != charge]
    if wrong:
        faults.append(f"{len(wrong)} events have a wrong charge, such as {by_id[wrong[0]]}")
    estimated = [id for id in clients.ids_seen & by_id.keys() if by_id[id]["quality"] == "estimated"]
    if estimated:
        faults.append(f"{len(estimated)} responses were seen to their end and are only estimated")
    chain = gateway.run("events", "verify", check=False)
    if chain.returncode:
        faults.append(f"the chain is broken: {chain.stdout} {chain.stderr}")
    return faults, events


def torture(directory, kills, count=16, seed=1):
    """Runs it all; returns the faults found and a summary."""
    simulator = Simulator(directory, seed=seed).start()
    gateway = Gateway(directory, simulator.url).start()
    started = time.monotonic()
    try:
        clients = Clients(gateway.port, count, seed)
        asyncio.run(load_and_kill(gateway, clients, kills, random.Random(seed)))
        faults, events = check(simulator, gateway, clients)
        summary = (f"seed {seed}: {kills} kills in {time.monotonic() - started:.0f} s, {clients.sent} calls, "
                   f"{clients.broken} broken, {len(clients.ids_seen)} seen to their end, {len(events)} events")
        if not clients.broken or len(clients.ids_seen) < kills:
            faults.append("the load was too small to prove anything")
        return faults, summary
    finally:
        gateway.kill()
        simulator.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--keep", help="keep databases and logs in this directory")
    options = parser.parse_args()
    directory = options.keep or tempfile.mkdtemp(prefix="flowmeter-kill-")
    faults, summary = torture(directory, options.kills, options.clients, options.seed)
    print(summary)
    for fault in faults:
        print(f"FAULT: {fault}", file=sys.stderr)
    if not faults and not options.keep:
        shutil.rmtree(directory)
    elif faults:
        print(f"databases and logs are in {directory}", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
