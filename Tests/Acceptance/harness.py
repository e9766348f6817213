"""Starts the real binary as its users do: a simulator of the Claude API, and the gateway in front of it."""
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("FLOWMETER_BINARY", ROOT / ".build/debug/flowmeter"))
UPSTREAM_KEY = "sk-ant-upstream-secret"
# How long anything may take before it counts as hung. Nothing takes this long when all is well.
PATIENCE = float(os.environ.get("ACCEPTANCE_PATIENCE", "60"))


def until(condition, what):
    """Waits until a condition on another process holds, and returns its value."""
    deadline = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE:.0f} s in vain for {what}")
        time.sleep(0.02)


def wait_for_midnight():
    """Lets the last moments of a day (UTC) pass: at midnight, what was spent of a daily cap is forgotten."""
    until(lambda: time.time() % 86_400 < 86_400 - PATIENCE / 2, "midnight")


def clean_environment(**more):
    """The environment without anything that would configure flowmeter or a client by accident."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("FLOWMETER_", "CLAUDE_", "ANTHROPIC_", "NEO4J_", "FLOW_", "FLARE_"))}
    return {**kept, **more}


def run(*arguments, check=True, **environment):
    """Runs a flowmeter command to its end; its standard output is the result's `stdout`."""
    return subprocess.run([str(BINARY), *map(str, arguments)], capture_output=True, text=True, check=check, timeout=120,
                          env=clean_environment(**environment))


class Server:
    """A child process that writes its port to a file once it listens."""

    def __init__(self, directory, name, arguments, **environment):
        self.log_path = pathlib.Path(directory) / f"{name}.log"
        self.port_file = pathlib.Path(directory) / f"{name}.port"
        self.arguments = [str(BINARY), *map(str, arguments), "--port-file", str(self.port_file)]
        self.name = name
        self.environment = clean_environment(**environment)
        self.process = None
        self.port = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def start(self, seconds=30, port=0):
        self.port_file.unlink(missing_ok=True)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*self.arguments, "--port", str(port)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=self.environment)
        deadline = time.monotonic() + seconds
        while not (self.port_file.exists() and self.port_file.read_text().strip()):
            if self.process.poll() is not None:
                raise AssertionError(f"{self.arguments[1]} left with {self.process.returncode}:\n{self.log}")
            if time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"{self.arguments[1]} did not start:\n{self.log}")
            time.sleep(0.01)
        self.port = int(self.port_file.read_text())
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=60):
        """Asks the process to leave, and returns its exit status."""
        if self.process is None or self.process.poll() is not None:
            return self.process and self.process.returncode
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.arguments[1]} did not leave on SIGTERM:\n{self.log}")

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as response:
            return response.read()

    def post(self, path, body=b""):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method="POST")
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return response.read()


class Simulator(Server):
    def __init__(self, directory, name="simulator", seed=1):
        super().__init__(directory, name, ["simulate", "--seed", seed])

    def served(self):
        """What was served, oldest first."""
        return [json.loads(line) for line in self.get("/__simulator/served").decode().splitlines()]

    def messages(self):
        """The messages that the API would bill, or might."""
        return [s for s in self.served() if s["kind"] != "other" and s["message_id"]]

    def sent(self):
        """The messages whose response has come to its end."""
        return [s for s in self.messages() if s["progress"] == "sent"]

    def request_body(self, sequence):
        return self.get(f"/__simulator/served/{sequence}/request")

    def response_body(self, sequence):
        return self.get(f"/__simulator/served/{sequence}/body")

    def reset(self):
        self.post("/__simulator/reset")

    def queue(self, *scenarios):
        """Scenarios for the next message requests, one each."""
        self.post("/__simulator/queue", list(scenarios))

    def default(self, scenario):
        self.post("/__simulator/default", scenario)

    def open(self, gate):
        self.post(f"/__simulator/gates/{gate}/open")

    def wait_at(self, gate, arrivals=1):
        """Returns when so many responses wait at a gate."""
        self.get(f"/__simulator/gates/{gate}?arrivals={arrivals}")


class Gateway(Server):
    def __init__(self, directory, upstream, name="gateway", arguments=(), **environment):
        self.database = pathlib.Path(directory) / f"{name}.sqlite"
        super().__init__(
            directory, name, ["serve", "--upstream", upstream, "--database", self.database, *arguments],
            **{"CLAUDE_API_KEY": UPSTREAM_KEY, **environment})

    def run(self, *arguments, **options):
        return run(*arguments, "--database", self.database, **options)

    def events(self):
        """Every stored event, as `flowmeter events list --json` tells it."""
        return [json.loads(line) for line in self.run("events", "list", "--json", "--limit", 0).stdout.splitlines()]

    def event(self, id):
        """The event of this id, once it is stored: a call that the client has left is stored when it ends."""
        return until(lambda: next((e for e in self.events() if e["id"] == id), None), f"an event of {id}")

    def verify(self):
        """Recomputes all chains; raises when one is broken."""
        return self.run("events", "verify").stdout

    def create_key(self, customer, *limits):
        self.run("customers", "create", customer, *limits)
        return self.run("keys", "create", customer).stdout.strip()

    def is_healthy(self):
        return self.process.poll() is None and self.get("/healthz") is not None
