"""Claude Code itself, from the wheel of the Claude Agent SDK, through the gateway: metered with no other change."""
import json
import os
import pathlib
import subprocess

import claude_agent_sdk
import pytest

CLAUDE = pathlib.Path(claude_agent_sdk.__file__).parent / "_bundled" / "claude"


def claude(directory, url, prompt, *arguments):
    home = pathlib.Path(directory) / "home"
    project = pathlib.Path(directory) / "project"
    home.mkdir(exist_ok=True)
    project.mkdir(exist_ok=True)
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(home), "CLAUDE_CONFIG_DIR": str(home / ".claude"),
        "ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "sk-ant-client", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_MAX_RETRIES": "1"}
    completed = subprocess.run(
        [str(CLAUDE), "-p", prompt, "--output-format", "json", "--model", "claude-opus-5-5", *arguments],
        capture_output=True, text=True, timeout=120, cwd=project, env=environment, stdin=subprocess.DEVNULL)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return json.loads(completed.stdout), home / ".claude"


def totals(usages):
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    return {name: sum(usage[name] for usage in usages) for name in names}


@pytest.mark.skipif(not CLAUDE.exists(), reason=f"the wheel of claude-agent-sdk holds no program at {CLAUDE}")
def test_claude_code_is_metered_exactly_and_its_transcript_is_not_charged_again(directory, simulator, gateway):
    result, home = claude(directory, gateway.url, "say hello")
    assert not result["is_error"], result

    served = [line for line in simulator.served() if line["kind"] == "message"]
    events = gateway.events()
    assert {event["id"] for event in events} == {line["message_id"] for line in served}
    assert all(event["quality"] == "exact" and event["source"] == "gateway" for event in events)
    assert {event["session"] for event in events} == {result["session_id"]}

    usage = json.loads(gateway.run("usage", "--by", "total", "--json").stdout)
    assert usage["total"]["calls"] == len(events) and usage["total"]["unpriced"] == 0, usage
    before = gateway.run("usage", "--by", "total", "--csv").stdout
    imported = gateway.run("import", "claude-code", home, "--json")
    found = json.loads(imported.stdout)
    assert (found["new"]["calls"], found["duplicates"]) == (0, len(events)), imported.stdout
    assert gateway.run("usage", "--by", "total", "--csv").stdout == before
    gateway.verify()
