"""The screen in a browser: who may see it, what is served, and what becomes of it when the tab is closed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ant_tui.cli.main import main
from ant_tui.client.connection import connect
from ant_tui.config import Settings
from ant_tui.errors import NoScheduler
from tests.api.running import PATIENCE_S
from tests.cli.terminal import environment
from tests.scheduler.story import until_gone
from tests.service import running

pytest.importorskip("textual_serve", reason="the extra web is not installed")

import aiohttp

from ant_tui.web.server import is_loopback


@asynccontextmanager
async def served(data_dir: Path, *options: str) -> AsyncIterator[str]:
    """Run ``ant-tui web``; yields the address that it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ant_tui", "web", "--port", "0", "--data-dir", str(data_dir), *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**environment(), "XDG_CONFIG_HOME": str(data_dir)},
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield (await process.stdout.readline()).decode().strip()
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            await process.communicate()
        assert process.returncode == 0


def visitor() -> aiohttp.ClientSession:
    """A browser without cookies."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


async def test_only_who_has_the_address_gets_in(tmp_path: Path) -> None:
    """Without the key nothing is answered; with it a cookie is set that no script and no other page can use."""
    async with served(tmp_path / "data", "--simulate-gpus", "1") as url, visitor() as stranger, visitor() as friend:
        parts = urlsplit(url)
        base = f"http://{parts.netloc}"
        assert parts.hostname == "127.0.0.1"
        for path in ("/", "/ws", "/static/js/textual.js", "/?key=wrong", "/download/x"):
            async with stranger.get(base + path) as answer:
                assert answer.status == 403, path
        async with friend.get(url, allow_redirects=False) as answer:
            cookie = answer.headers["Set-Cookie"]
            assert (answer.status, answer.headers["Location"]) == (303, "/")
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
        async with friend.get(base + "/") as answer:
            page = await answer.text()
            assert answer.status == 200
            assert f'"ws://{parts.netloc}/ws"' in page
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        async with friend.get(base + "/", headers={"Host": "localhost:9999"}) as answer:
            assert '"ws://localhost:9999/ws"' in await answer.text(), "a forwarded port works"
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await friend.ws_connect(base + "/ws", headers={"Origin": "http://127.0.0.1:1"})
        assert refused.value.status == 403


async def test_the_screen_is_shown_and_its_work_goes_on(tmp_path: Path) -> None:
    """The socket carries the full screen; keys reach it; with the tab closed, open work goes on in the background."""
    data = tmp_path / "data"
    async with served(data, "--simulate-gpus", "2") as url, visitor() as friend:
        base = f"http://{urlsplit(url).netloc}"
        async with friend.get(url):
            pass
        async with friend.ws_connect(f"{base}/ws?width=120&height=40", headers={"Origin": base}) as screen:
            await _until_shown(screen, b"Simulated GPU")
            with connect(str(data)) as connection:
                connection.call("submit", {"tasks": [{"command": "sleep 1000", "workdir": "/", "id": "long-one"}]})
            await _until_shown(screen, b"long-one")
            await screen.send_json(["stdin", "?"])
            await _until_shown(screen, b"Keys")
    async with asyncio.timeout(PATIENCE_S):
        while not _stopped(data):  # between the two schedulers there is none
            await asyncio.sleep(0.02)
    assert list(data.glob("crash-*")) == [], "a closed tab is no failure of the screen"


def _stopped(data: Path) -> bool:
    """Look for the task, and end the scheduler, if one can be reached."""
    try:
        with connect(str(data)) as connection:
            assert [task["id"] for task in connection.call("queue", {})["tasks"]] == ["long-one"]
            pid = connection.address.pid
            connection.call("stop", {"tasks": "kill"})
    except NoScheduler:
        return False
    until_gone(pid)
    return True


async def _until_shown(screen: aiohttp.ClientWebSocketResponse, text: bytes) -> None:
    seen = b""
    async with asyncio.timeout(PATIENCE_S):
        while text not in seen:
            message = await screen.receive()
            assert message.type is aiohttp.WSMsgType.BINARY, message
            seen += message.data


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False),
        ("10.0.0.1", False), ("::", False), ("example.org", False), ("localhost.example.org", False),
    ],
)  # fmt: skip
def test_what_only_this_machine_reaches(host: str, inside: bool) -> None:
    """Loopback addresses and ``localhost``, nothing else."""
    assert is_loopback(host) is inside


def test_other_hosts_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A host that others reach needs --allow-remote; the refusal names the safe way."""
    assert main(["web", "--host", "0.0.0.0"]) == 2
    said = capsys.readouterr().err
    assert "ssh -L 8000:127.0.0.1:8000" in said
    assert "--allow-remote" in said


def test_who_insists_is_warned(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With --allow-remote it is served, and the warning says what that means, also with --quiet."""
    monkeypatch.setenv("ANT_TUI_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("ant_tui.web.server.is_loopback", lambda host: False)
    monkeypatch.setattr("ant_tui.web.server.serve", lambda command, address, ready: (ready(), address.socket.close()))
    assert main(["web", "--port", "0", "--allow-remote", "--quiet"]) == 0
    said = capsys.readouterr()
    assert "nothing is encrypted" in said.err
    assert said.out.startswith("http://127.0.0.1:")


def test_gpus_of_another_choice_are_refused_before_anything_is_served(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Where a scheduler with other GPUs runs, every tab would be refused: it is said once, at the start."""
    with running(tmp_path / "data", gpus=3) as env:
        monkeypatch.setenv("ANT_TUI_DATA_DIR", env["ANT_TUI_DATA_DIR"])
        for words, code in ((["0,1"], 5), (["--simulate-gpus", "2"], 5), (["0,0"], 2), (["x"], 2)):
            assert main(["web", "--port", "0", *words]) == code
            assert "http://" not in capsys.readouterr().out


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says which port, and how to take another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["web", "--port", str(port)]) == 1
    assert f"port {port} (Address already in use); choose another with --port" in capsys.readouterr().err


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence says how to install what is missing."""
    monkeypatch.delitem(sys.modules, "ant_tui.web.server")
    monkeypatch.setitem(sys.modules, "textual_serve.server", None)
    assert main(["web"]) == 1
    assert "pip install 'ant-tui[web]'" in capsys.readouterr().err


def test_a_served_screen_keeps_its_servers_settings_from_tasks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What tells Textual to speak to a browser is gone from the environment before anything can inherit it."""
    from ant_tui.ui.run import run

    left: dict[str, str] = {}

    async def show(*_: object) -> int:
        left.update(os.environ)
        return 0

    monkeypatch.setattr("ant_tui.ui.run.show", show)
    monkeypatch.setenv("TEXTUAL_DRIVER", "textual.drivers.web_driver:WebDriver")
    monkeypatch.setenv("TEXTUAL_FPS", "60")
    assert run(Settings(), str(tmp_path), demo=True, served=True) == 0
    assert not [name for name in left if name.startswith("TEXTUAL_")]


def test_a_screen_without_terminal_needs_a_server() -> None:
    """Only a served screen may do without a terminal; anybody else is told what to do."""
    ran = subprocess.run([sys.executable, "-m", "ant_tui"], capture_output=True, env=environment(), timeout=PATIENCE_S)
    assert ran.returncode == 2
    assert b"needs a terminal" in ran.stderr
