"""What becomes of a command whose output nobody takes."""
import os
import subprocess

import harness


def into(descriptor):
    # The signal that would end it before it sees the error stays ignored, as it is in commands that use the network.
    return subprocess.run([str(harness.BINARY), "prices", "show", "--json"], stdout=descriptor, stderr=subprocess.PIPE,
                          env=harness.clean_environment(), restore_signals=False, timeout=120)


def test_a_reader_that_leaves_is_no_news():
    reading, writing = os.pipe()
    os.close(reading)
    result = into(writing)
    os.close(writing)
    assert (result.returncode, result.stderr) == (1, b"")


def test_a_full_disk_is_told():
    with open("/dev/full", "wb") as full:
        result = into(full)
    assert result.returncode == 1
    assert b"error: cannot write the output: No space left on device\nfix: " in result.stderr
