"""flow-py-sdk as an independent encoder, signer and verifier of random transactions."""
import os
import pathlib
import subprocess

import pytest

import harness

PYTHON = os.environ["FLOWMETER_FLOW_PYTHON"]
PROGRAM = pathlib.Path(os.environ["FLOWMETER_BINARY"]).parent / "FlowDifferential"


@pytest.mark.parametrize("seed", [1, 2, int.from_bytes(os.urandom(4), "big")])
def test_random_transactions_agree(seed):
    script = harness.ROOT / "Tests/Acceptance/flow_py_sdk_differential.py"
    run = subprocess.run([PYTHON, script, PROGRAM, "300", str(seed)], capture_output=True, text=True, timeout=900)
    assert run.returncode == 0, run.stderr[-4000:]
    assert f"300 transactions agree (seed {seed})" in run.stdout
