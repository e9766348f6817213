"""Runs what the documentation tells people to type: every line of every `sh` block in README.md and docs/."""
import os
import pathlib
import re
import shlex
import signal
import subprocess
import time

import pytest

import harness
from arcadedb import ArcadeDB

DOCUMENTS = sorted([harness.ROOT / "README.md", *(harness.ROOT / "docs").glob("*.md")])
FENCE = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)

# Lines that only show which variable a client takes; test_claude_code.py and test_anthropic_client.py run them for real.
CLIENTS = re.compile(r"^(export )?ANTHROPIC_BASE_URL=\S+( ANTHROPIC_\w+=\S+)*( claude)?$")
# Lines that name a server: the test has started its own.
SERVERS = re.compile(r"^export NEO4J_\w+=\S+$")
# Targets of make are run by whoever runs this test; here it is enough that they exist.
MAKE = re.compile(r"^make ([a-z-]+)$")
# Programs of dev/ take minutes and other programs: they must exist and explain themselves.
SCRIPT = re.compile(r"^((?:python3 )?(dev/\S+))")


def commands(document):
    for block in FENCE.findall(document.read_text()):
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            line = re.sub(r"\s+# .*$", "", line).strip()
            if line and not line.startswith("#"):
                yield line


def test_every_document_is_read():
    assert len(DOCUMENTS) >= 4
    assert sum(1 for document in DOCUMENTS for _ in commands(document)) >= 20


def test_links_lead_somewhere():
    broken = []
    for document in [*DOCUMENTS, harness.ROOT / "CONTRIBUTING.md", harness.ROOT / "SECURITY.md"]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text()):
            if not re.match(r"[a-z]+:", target) and not (document.parent / target).exists():
                broken.append(f"{document.name}: {target}")
    assert not broken


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_run(document, directory, simulator, request):
    """One shell session a document, in order, with a home and a database of its own and the simulator as upstream."""
    home = pathlib.Path(directory)
    targets = set(re.findall(r"^([a-z-]+):", (harness.ROOT / "Makefile").read_text(), re.MULTILINE))
    (home / "bin").mkdir()
    (home / "bin/flowmeter").symlink_to(harness.BINARY)
    (home / ".claude").mkdir()
    (home / ".local/share/bash-completion/completions").mkdir(parents=True)
    environment = harness.clean_environment(
        HOME=str(home), PATH=f"{home}/bin:{os.environ['PATH']}", FLOWMETER_UPSTREAM=simulator.url, FLOWMETER_PORT="0",
        CLAUDE_API_KEY=harness.UPSTREAM_KEY)
    environment.pop("XDG_DATA_HOME", None)
    if any(SERVERS.match(line) for line in commands(document)):
        server = ArcadeDB(directory)
        request.addfinalizer(server.kill)
        environment.update(server.start().environment)
    known = {}
    for line in commands(document):
        if CLIENTS.match(line) or SERVERS.match(line):
            continue
        if make := MAKE.match(line):
            assert make.group(1) in targets, f"{document.name}: {line}"
            continue
        if script := SCRIPT.match(line):
            assert (harness.ROOT / script.group(2)).exists(), f"{document.name}: {line}"
            continue
        for name, value in known.items():
            line = line.replace(name, value)
        if re.search(r"flowmeter (serve|simulate|oracle run)\b|--watch\b", line):
            run_until_it_works(line, home, environment)
            continue
        result = subprocess.run(["bash", "-euo", "pipefail", "-c", line], cwd=home, env=environment, timeout=120,
                                capture_output=True, text=True, stdin=subprocess.DEVNULL)
        # `doctor` may find the machine wanting, which is what status 2 says; everything else must succeed.
        allowed = (0, 2) if "flowmeter doctor" in line else (0,)
        assert result.returncode in allowed, f"{document.name}: {line}\n{result.stdout}{result.stderr}"
        if "keys create" in line:
            listed = subprocess.run(["flowmeter", "keys", "list"], env=environment, capture_output=True, text=True).stdout
            known["KEY-ID"] = re.search(r"key_\w+", listed).group(0)


def run_until_it_works(line, home, environment):
    """Starts a command that runs until it is interrupted, waits for its first words, and interrupts it."""
    line = re.sub(r"^CLAUDE_API_KEY=\S+ ", "", line)
    log = home / "long.log"
    with open(log, "wb") as output:
        process = subprocess.Popen(shlex.split(line), cwd=home, env=environment, stdout=output, stderr=output,
                                   stdin=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not log.read_bytes() and process.poll() is None:
        assert time.monotonic() < deadline, f"no output: {line}"
        time.sleep(0.01)
    assert process.poll() in (None, 0), f"{line}\n{log.read_text()}"
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0, f"{line}\n{log.read_text()}"
