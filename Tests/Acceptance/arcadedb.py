"""A server that speaks Bolt, started from its package: what Neo4j is to the gateway in these tests."""
import os
import pathlib
import random
import signal
import socket
import subprocess
import time

from harness import PATIENCE, ROOT, Gateway, clean_environment


def free_ports(count):
    """Ports that nothing listens on, below those that the system gives to clients and to listeners on port 0.

    One of those could be taken by somebody else in the seconds until the server listens, or while it is down.
    """
    ports = set()
    while len(ports) < count:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue  # Somebody has it.
        ports.add(port)
    return ports


class ArcadeDB:
    """A server with a folder and ports of its own, which it keeps when it is killed and started again."""

    def __init__(self, directory):
        self.folder = pathlib.Path(directory) / "arcadedb"
        self.log_path = pathlib.Path(directory) / "arcadedb.log"
        self.bolt, self.http = free_ports(2)
        self.process = None

    @property
    def environment(self):
        return {"NEO4J_URI": f"bolt://127.0.0.1:{self.bolt}", "NEO4J_USER": "root", "NEO4J_PASSWORD": "playwithdata"}

    def start(self):
        with open(self.log_path, "wb") as log:
            # It leads a group of its own, which ends with it. Should the tests be killed, it does not stay for ever.
            self.process = subprocess.Popen(
                ["timeout", "-s", "KILL", "1200", ROOT / "dev/arcadedb.sh", self.folder, str(self.bolt), str(self.http)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=clean_environment(), start_new_session=True)
        deadline = time.monotonic() + 2 * PATIENCE
        while not (b"Listening for incoming BOLT connections" in self.log_path.read_bytes()
                   and b"Server started" in self.log_path.read_bytes()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"ArcadeDB did not start:\n{self.log_path.read_text()[-3000:]}")
            time.sleep(0.05)
        return self

    def kill(self):
        """Ends it at once, as a crash would."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class GraphGateway(Gateway):
    """A gateway whose usage is in the graph; its queue stands beside its database."""

    def __init__(self, directory, upstream, graph, name="gateway", **environment):
        self.spool = pathlib.Path(directory) / "spool.sqlite"
        self.settings = {**graph.environment, **environment}
        super().__init__(directory, upstream, name, FLOWMETER_ORACLE="off", **self.settings)

    def run(self, *arguments, **options):
        return super().run(*arguments, **{**self.settings, **options})
