"""The MCP server, spoken to by the SDK's own client over stdin and stdout, with a real scheduler behind it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service import environment, running

mcp = pytest.importorskip("mcp.client.client", reason="the extra [mcp] is not installed")
stdio = pytest.importorskip("mcp.client.stdio")


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    with running(tmp_path / "data") as found:
        yield found


def client(env: dict[str, str], directory: Path) -> Any:
    """A client that starts the server as a process of its own."""
    words = ["-m", "ant_tui", "mcp"]
    return mcp.Client(stdio.StdioServerParameters(command=sys.executable, args=words, env=env, cwd=directory))


async def call(session: Any, tool: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool that must succeed."""
    result = await session.call_tool(tool, arguments)
    assert not result.is_error, result.content
    found: dict[str, Any] = result.structured_content
    assert json.loads(result.content[0].text) == found
    return found


async def refusal(session: Any, tool: str, **arguments: Any) -> str:
    """Call a tool that must not succeed; what it says."""
    result = await session.call_tool(tool, arguments)
    assert result.is_error
    text: str = result.content[0].text
    return text


async def test_task_from_submission_to_retry(env: dict[str, str], tmp_path: Path) -> None:
    """An agent without a shell submits with a key, waits, reads the end of the output, and queues once more."""
    async with client(env, tmp_path) as session:
        task = {"command": "echo one; echo two; exit 3", "id": "run", "key": "k", "gpus": 1, "tags": ["night"]}
        first = await call(session, "submit", **task)
        assert [one["id"] for one in first["tasks"]] == ["run"]
        assert (await call(session, "submit", **task))["tasks"][0]["existing"] is True
        ended = await call(session, "wait", tasks=["run"], timeout_s=60)
        assert (ended["timed_out"], ended["tasks"][0]["state"], ended["tasks"][0]["exit_code"]) == (False, "failed", 3)
        logs = await call(session, "logs", task="run", lines=1)
        assert (logs["text"], logs["complete"], logs["exit_code"]) == ("two", False, 3)
        assert Path(logs["path"]).read_text() == "one\ntwo\n"
        again = await call(session, "retry", tasks=["run"])
        assert again["results"][0]["id"] == "run-restart-1"
        await call(session, "wait", tasks=["run-restart-1"], timeout_s=60)
        assert [one["id"] for one in (await call(session, "history", failed=True))["tasks"]] == ["run", "run-restart-1"]
        shown = (await call(session, "show", tasks=["run"]))["tasks"][0]
        assert (shown["tags"], shown["workdir"]) == (["night"], str(tmp_path))


async def test_output_goes_to_a_file(env: dict[str, str], tmp_path: Path) -> None:
    """Row 185: an agent names a file, reads it as any log, and is told why it cannot have the same one again."""
    async with client(env, tmp_path) as session:
        task = {"command": "echo hello", "id": "run", "output": "out.txt"}
        await call(session, "submit", **task)
        await call(session, "wait", tasks=["run"], timeout_s=60)
        assert (tmp_path / "out.txt").read_text() == (await call(session, "logs", task="run"))["text"] + "\n"
        assert (await call(session, "show", tasks=["run"]))["tasks"][0]["output"] == str(tmp_path / "out.txt")
        assert "exists already" in await refusal(session, "submit", **{**task, "id": "again"})


async def test_jobs_of_gpupeasy(env: dict[str, str], tmp_path: Path) -> None:
    """Row 078: the format is a mode of ``submit_text``; a bad job keeps all out, and the reasons name lines."""
    async with client(env, tmp_path) as session:
        bad = await refusal(session, "submit_text", text="a;;o;;true;;;\nb;;o;;;", mode="gpupeasy")
        assert "line 2, column 1: the outfile is missing" in bad
        assert (await call(session, "queue"))["tasks"] == []
        await call(session, "submit_text", text="a;;out;;echo {x}", mode="gpupeasy", gpus=0)
        await call(session, "wait", tasks=["a"], timeout_s=60)
        assert (tmp_path / "out").read_text() == "{x}\n"


async def test_queue_is_ordered_held_and_paused(env: dict[str, str], tmp_path: Path) -> None:
    """Pause, hold, release, move, explain and cancel do what their verbs do."""
    async with client(env, tmp_path) as session:
        assert (await call(session, "pause"))["paused"] is True
        text = "ant_task_id=a true\nant_task_id=b-[seed] echo {sweep seed 1 2}"
        tried = await call(session, "submit_text", text=text, dry_run=True)
        assert (tried["dry_run"], [one["id"] for one in tried["tasks"]]) == (True, ["a", "b-1", "b-2"])
        assert (await call(session, "queue"))["tasks"] == []
        await call(session, "submit_text", text=text)
        await call(session, "move", tasks=["b-2"], to="top")
        await call(session, "hold", tasks=["a"])
        found = await call(session, "queue", states=["queued"], limit=2)
        assert [one["id"] for one in found["tasks"]] == ["b-2", "a"]
        assert (found["not_shown"], found["counts"], found["paused"]) == (1, {"queued": 3}, True)
        assert (await call(session, "explain", tasks=["a"]))["tasks"][0]["reason"] == "Held"
        await call(session, "cancel", tasks=["b-1"])
        await call(session, "release", tasks=["a"])
        await call(session, "unpause")
        ended = await call(session, "wait", tasks=["a", "b-2"], timeout_s=60)
        assert {one["state"] for one in ended["tasks"]} == {"completed"}


async def test_gpus_are_switched(env: dict[str, str], tmp_path: Path) -> None:
    """A GPU that is off is not handed out, which ``explain`` tells, until it is on again."""
    async with client(env, tmp_path) as session:
        await call(session, "gpus_disable", gpus=["0", "1"])
        assert [gpu["state"] for gpu in (await call(session, "gpus"))["gpus"]] == ["disabled", "disabled"]
        await call(session, "submit", command="true", id="waits", gpus=2)
        still = await call(session, "wait", tasks=["waits"], timeout_s=0.1)
        assert (still["timed_out"], still["tasks"][0]["state"]) == (True, "queued")
        await call(session, "gpus_enable", gpus=["0", "1"])
        assert (await call(session, "wait", tasks=["waits"], timeout_s=60))["tasks"][0]["state"] == "completed"


async def test_schemas_are_typed_and_bounded(env: dict[str, str], tmp_path: Path) -> None:
    """Each tool has a description and typed, described parameters; what cannot be is refused before it is asked."""
    async with client(env, tmp_path) as session:
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        for tool in tools.values():
            assert tool.description
            for name, schema in tool.input_schema.get("properties", {}).items():
                assert schema.get("description"), (tool.name, name)
        limit = tools["queue"].input_schema["properties"]["limit"]
        assert (limit["type"], limit["minimum"], limit["maximum"]) == ("integer", 1, 500)
        assert tools["queue"].annotations.read_only_hint is True
        assert tools["cancel"].annotations.destructive_hint is True
        assert "limit" in await refusal(session, "queue", limit=10_000)
        assert "states" in await refusal(session, "queue", states=["sleeping"])
        assert "timeout_s" in await refusal(session, "wait", tasks=["a"], timeout_s=1e9)


async def test_refusals_are_sentences(env: dict[str, str], tmp_path: Path) -> None:
    """What the scheduler refuses comes as an error with its kind and every reason, not as a crash."""
    async with client(env, tmp_path) as session:
        assert "no_such_task: There is no task 'ghost'." in await refusal(session, "show", tasks=["ghost"])
        assert "no_such_task" in await refusal(session, "cancel", tasks=["ghost"])
        assert "no_such_task" in await refusal(session, "wait", tasks=["ghost"])
        reasons = await refusal(session, "submit_text", text="ant_n_gpus=two a\nant_gpus=1 b")
        assert "line 1, column 1" in reasons
        assert "line 2, column 1" in reasons
        await call(session, "submit", command="true", id="held", hold=True)
        assert "has not started" in await refusal(session, "logs", task="held")
        assert "absolute" in await refusal(session, "submit", command="true", workdir="here")


async def test_project_defaults_hold_here_too(env: dict[str, str], tmp_path: Path) -> None:
    """``.ant-tui.toml`` above the directory of a submission is applied, and what is said is stronger (row 330)."""
    project = tmp_path / "project"
    (project / "deep").mkdir(parents=True)
    (project / ".ant-tui.toml").write_text('gpus = 1\ntags = ["p"]\n')
    async with client(env, tmp_path) as session:
        await call(session, "submit", command="true", id="x", workdir=str(project / "deep"), hold=True)
        await call(session, "submit", command="true", id="y", workdir=str(project), hold=True, gpus=0)
        x, y = (await call(session, "show", tasks=["x", "y"]))["tasks"]
        assert (x["resources"]["gpus"], x["tags"], x["workdir"]) == (1, ["p"], str(project / "deep"))
        assert (y["resources"]["gpus"], y["tags"]) == (0, ["p"])


async def test_client_that_leaves_takes_the_server_along(env: dict[str, str], tmp_path: Path) -> None:
    """A server whose client hangs up ends at once, also in the middle of a wait."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ant_tui", "mcp"],
        env=env,
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "0"},
    }
    submit = {"name": "submit", "arguments": {"command": "sleep 1000", "id": "long"}}
    wait = {"name": "wait", "arguments": {"tasks": ["long"], "timeout_s": 3600}}
    for number, (method, params) in enumerate((("initialize", hello), ("tools/call", submit)), 1):
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == number
        if method == "initialize":
            process.stdin.write(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}) + "\n")
    process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": wait}) + "\n")
    process.stdin.flush()
    _, complaints = process.communicate(timeout=30)
    assert process.returncode == 0, complaints


def test_without_a_scheduler_a_submission_starts_one(tmp_path: Path) -> None:
    """Reading says how a scheduler is started; ``submit`` starts one, as the command line does."""
    from tests.service import ended_afterwards

    async def talk(env: dict[str, str]) -> None:
        async with client(env, tmp_path) as session:
            assert "no_scheduler" in await refusal(session, "queue")
            assert "no_scheduler" in await refusal(session, "submit", command="true", dry_run=True)
            await call(session, "submit", command="true", id="first")
            assert (await call(session, "wait", tasks=["first"], timeout_s=60))["tasks"][0]["state"] == "completed"

    import asyncio

    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o700)
    with ended_afterwards(data_dir):
        asyncio.run(talk(environment(data_dir)))
