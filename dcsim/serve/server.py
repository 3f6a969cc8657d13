"""Runs an application on this machine's loopback until a signal ends it."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from dcsim.serve.explore import application
from dcsim.usecases.explore.begin import WalkStart
from dcsim.usecases.request import RequestError

LOOPBACK = "127.0.0.1"


class WalkServer(uvicorn.Server):
    """A server that ends once it is asked to, also by a signal that uvicorn does not know (SIGHUP)."""

    asked: Callable[[], int]

    async def on_tick(self, counter: int) -> bool:
        """Whether to end; asked ten times a second."""
        return await super().on_tick(counter) or bool(self.asked())


def serve(
    begun: WalkStart, folder: Path, port: int, ready: Callable[[str], None], asked: Callable[[], int] = int
) -> None:
    """Serve a walk; ``ready`` gets its address. Port 0: any that is free.

    It returns once a signal has come, or ``asked`` says so.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((LOOPBACK, port))
        except OSError as error:
            raise RequestError(f"port {port} cannot be used: {error.strerror or error}") from None
        port, token = listening.getsockname()[1], secrets.token_urlsafe(16)
        app = application(begun, folder, port, token)
        config = uvicorn.Config(
            app,
            lifespan="off",
            access_log=False,
            log_level="error",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        listening.listen()
        ready(f"http://{LOOPBACK}:{port}/{token}/")
        server = WalkServer(config)
        server.asked = asked
        server.run(sockets=[listening])
