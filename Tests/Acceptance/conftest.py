import shutil
import tempfile

import pytest

import harness


@pytest.fixture(scope="session", autouse=True)
def binary():
    assert harness.BINARY.exists(), f"{harness.BINARY} is missing; build it first: make build-debug or make test"
    return harness.BINARY


@pytest.fixture
def directory():
    path = tempfile.mkdtemp(prefix="flowmeter-acceptance-")
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def simulator(directory):
    server = harness.Simulator(directory).start()
    yield server
    server.stop()


@pytest.fixture
def gateway(directory, simulator):
    server = harness.Gateway(directory, simulator.url).start()
    yield server
    server.stop()
