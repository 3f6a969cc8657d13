"""The guard before every page: it lets in a browser on this machine that has the token, and says what a page may do.

- The ``Host`` must be this machine's, so that no page of another site can reach the server under a name of its own.
- The address begins with the token. Without it everything is 404, whatever is asked for.
- A change (POST) must come from a page of this server.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import attrs

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

NAMES = ("127.0.0.1", "localhost")
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
}
_RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
MOST_BYTES = 64 * 1024
"""The longest address, and the longest form."""


@attrs.frozen
class Guard:
    """An application behind the guard. ``port`` is that of the server, ``token`` what every address begins with."""

    app: App
    port: int
    token: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it. Every answer has the headers, unless a page has one of its own."""
        if scope["type"] != "http":
            return

        async def answer(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                more = [each for each in _RAW_HEADERS if each[0] not in given]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        status, why = self.judge(scope)
        app = refusal(status, why) if status else self.app
        await app(scope, receive, answer)

    def judge(self, scope: Scope) -> tuple[int, str]:
        """The status with which a request is refused, and why; 0 where it is let in."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        hosts = [f"{name}:{self.port}" for name in NAMES]
        if headers.get("host") not in hosts:
            return 400, "another host"
        path = scope["path"]
        if len(path) + len(scope.get("query_string", b"")) > MOST_BYTES:
            return 414, "too long an address"
        _, _, rest = path.partition("/")
        if not secrets.compare_digest(rest.partition("/")[0].encode(), self.token.encode()):
            return 404, "not found"
        if scope["method"] in ("GET", "HEAD"):
            return 0, ""
        if scope["method"] != "POST":
            return 405, "not allowed"
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdecimal() and len(length) < 10 and int(length) <= MOST_BYTES):
            return 413, "too long a form"
        # A page without referrer sends the origin "null", and then only this header tells where it comes from.
        own = headers.get("sec-fetch-site") == "same-origin"
        return (
            (0, "") if own or headers.get("origin") in [f"http://{host}" for host in hosts] else (403, "another site")
        )


def refusal(status: int, why: str) -> App:
    """An application that answers every request by a few words of plain text."""

    async def app(_: Scope, __: Receive, send: Send) -> None:
        raw = why.encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(raw)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": raw})

    return app
