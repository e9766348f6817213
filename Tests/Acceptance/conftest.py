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


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows the servers' logs with a failure."""
    report = (yield).get_result()
    if report.failed:
        for name in ("simulator", "gateway"):
            server = item.funcargs.get(name)
            if server is not None and server.log:
                report.sections.append((f"log of {name}", server.log[-4000:]))
