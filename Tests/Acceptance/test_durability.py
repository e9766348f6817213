"""What a client has seen to its end survives the gateway's death."""
import os

from killing import torture

KILLS = int(os.environ.get("FLOWMETER_KILLS", "50"))
SEED = int(os.environ.get("FLOWMETER_SEED", "2026"))


def test_kills_lose_nothing_and_double_nothing(tmp_path):
    faults, summary = torture(tmp_path, KILLS, seed=SEED)
    print(summary)
    assert not faults, summary
