"""Sending JSON to an address of the user: ``notify.webhook``.

One POST for each notice, a few tries, no redirection. The address may hold a secret, so only its host is ever logged.
"""

from __future__ import annotations

import base64
import http.client
import json
import logging
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from typing import Any

from ant_tui import __version__
from ant_tui.notify.notice import Notice, Sender, document
from ant_tui.output.sanitise import plain

__all__ = ["Webhook"]

log = logging.getLogger(__name__)

_PAUSES_S = (1.0, 5.0)
_BUSY = frozenset({408, 425, 429})


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET, and what it tells would go to a host that nobody named."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Webhook:
    """Sends notices to one address."""

    def __init__(
        self, address: str, sender: Sender, *, timeout_s: float = 10.0, pauses_s: Sequence[float] = _PAUSES_S
    ) -> None:
        """Prepare.

        Args:
            address: ``http://`` or ``https://``; a name and password in it are sent as HTTP's basic authentication.
            sender: who tells.
            timeout_s: seconds for each try to connect, and for each wait for an answer.
            pauses_s: seconds before each further try.
        """
        self._sender = sender
        self._timeout_s = timeout_s
        self._pauses_s = tuple(pauses_s)
        self._stopping = threading.Event()
        self._address, self._host, login = _split(address)
        self._headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"ant-tui/{__version__}"}
        if login:
            self._headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode('ascii')}"
        self._opener = urllib.request.build_opener(_NoRedirection)

    def stop(self) -> None:
        """Try nothing again from now on."""
        self._stopping.set()

    def deliver(self, notice: Notice) -> None:
        """Send a notice and wait until it has arrived or has failed for good; what goes wrong is logged."""
        body = json.dumps(document(notice, self._sender)).encode()
        problem = ""
        for pause in (0.0, *self._pauses_s):
            if pause and self._stopping.wait(pause):
                break
            problem, again = self._send(body)
            if not problem:
                return
            if not again:
                break
        log.warning("notify.webhook: %s was not told (%s): %s", self._host, notice.text, problem)

    def _send(self, body: bytes) -> tuple[str, bool]:
        """Send once; returns what was wrong (empty: nothing), and whether another try may help."""
        try:
            request = urllib.request.Request(self._address, data=body, headers=self._headers, method="POST")
            with self._opener.open(request, timeout=self._timeout_s):
                return "", False
        except urllib.error.HTTPError as error:
            error.close()
            return f"it answered {error.code}", error.code >= 500 or error.code in _BUSY
        except urllib.error.URLError as error:
            return f"it could not be reached: {error.reason}", True
        except (OSError, http.client.HTTPException) as error:
            return f"it did not answer: {error or type(error).__name__}", True
        except ValueError as error:  # no address after all
            return str(error), False


def _split(address: str) -> tuple[str, str, str]:
    """The address without name and password, its host as it can be logged, and ``name:password``."""
    try:
        parts = urllib.parse.urlsplit(address)
    except ValueError:  # whoever sends to it will say what is wrong with it
        return address, "the address", ""
    login, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=host).geturl(), plain(host), urllib.parse.unquote(login)
