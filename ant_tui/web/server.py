"""Serving the full screen to a browser: textual-serve, and around it a lock.

Whoever sees the screen can run commands as us, and a port of this machine is open to all of its users and to every page
in a browser on it. So each server draws a secret that its address carries; the first visit puts it into a cookie,
without which nothing is answered, and no page of another origin may open the socket.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import secrets
import shlex
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from hmac import compare_digest

from aiohttp import web
from aiohttp.typedefs import Handler
from textual_serve.server import Server

from ant_tui.errors import AntError

__all__ = ["Address", "is_loopback", "listen", "serve"]

_CLOSING_S = 30.0
"""Seconds that the screens have to hand open work over to a scheduler in the background."""
_NOTHING_ELSE = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws://{host} wss://{host}; "
    "frame-ancestors 'none'"
)
"""Pages load nothing from elsewhere, and stand in no other page."""


class Address:
    """Where a server listens, and the secret that opens it."""

    def __init__(self, listening: socket.socket) -> None:
        """Draw a secret for a socket that listens."""
        self.socket = listening
        self.host, self.port = listening.getsockname()[:2]
        self.secret = secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        """What to open in a browser."""
        host = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(self.host, self.host)
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self.port}/?key={self.secret}"

    @property
    def cookie(self) -> str:
        """The name of the cookie; browsers share cookies among all ports of a host."""
        return f"ant-tui-{self.port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can reach a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """Take a port.

    Args:
        host: a name or an address of this machine.
        port: 0 for any that is free.

    Raises:
        AntError: it cannot be had.
    """
    try:
        family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(where)
            listening.listen()
        except OSError:
            listening.close()
            raise
    except (OSError, OverflowError) as problem:
        why = getattr(problem, "strerror", None) or problem
        sentence = f"Nothing can be served on {host}, port {port} ({why}); choose another with --port."
        raise AntError(sentence) from problem
    return listening


def serve(command: Sequence[str], address: Address, ready: Callable[[], None]) -> None:
    """Serve until a signal says to end; each visitor gets a process of their own.

    Args:
        command: what shows the screen.
        address: where to listen.
        ready: called when the address can be opened.
    """
    asyncio.run(_serve(command, address, ready))


async def _serve(command: Sequence[str], address: Address, ready: Callable[[], None]) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    application = await _Server(command, address).application()
    runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=_CLOSING_S)
    await runner.setup()
    await web.SockSite(runner, address.socket).start()
    ready()
    try:
        await ended.wait()
    finally:
        await runner.cleanup()


class _Server(Server):
    """textual-serve, whose pages name the host that the visitor asked for, so that a forwarded port works too."""

    def __init__(self, command: Sequence[str], address: Address) -> None:
        super().__init__(shlex.join(command), host=address.host, port=address.port, title="ant-tui")
        self._address = address
        self._visits: set[asyncio.Task[object]] = set()
        logging.getLogger("textual-serve").setLevel(logging.ERROR)

    async def application(self) -> web.Application:
        """The pages behind the lock."""
        application: web.Application = await self._make_app()
        application.middlewares.append(self._guard)
        return application

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the command line has said it."""

    async def on_shutdown(self, app: web.Application) -> None:
        """End all screens; each hands its open work over before it is gone."""
        for visit in self._visits:
            visit.cancel()
        if self._visits:
            await asyncio.wait(self._visits, timeout=_CLOSING_S)

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One screen, from its first frame to its end."""
        visit = asyncio.current_task()
        assert visit is not None
        self._visits.add(visit)
        try:
            return await super().handle_websocket(request)
        finally:
            self._visits.discard(visit)

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """The page around the screen."""
        self.public_url = f"{request.scheme}://{request.host}"  # read before anything else can change it
        page: Awaitable[web.StreamResponse] = super().handle_index(request)
        return await page

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        address = self._address
        if request.path == "/" and _same(request.query.get("key"), address.secret):
            moved = web.HTTPSeeOther("/")
            moved.set_cookie(address.cookie, address.secret, httponly=True, samesite="Strict")
            raise moved
        if not _same(request.cookies.get(address.cookie), address.secret):
            raise web.HTTPForbidden(text="Open the address that ant-tui web printed; it ends in a key.\n")
        if request.path == "/ws" and request.headers.get("Origin") != f"{request.scheme}://{request.host}":
            raise web.HTTPForbidden(text="Pages of another origin may not use this screen.\n")
        response = await handler(request)
        if not response.prepared:
            response.headers["Content-Security-Policy"] = _NOTHING_ELSE.format(host=request.host)
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["Cache-Control"] = "no-store"
        return response


def _same(given: str | None, secret: str) -> bool:
    return given is not None and compare_digest(given.encode(), secret.encode())
