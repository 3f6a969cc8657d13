"""A client that hands requests to an application without a network, so that a test may send any bytes."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from urllib.parse import unquote_to_bytes, urlencode


class Client:
    """Asks an application, as a server would."""

    def __init__(self, app, host):
        self.app, self.host = app, host

    def get(self, target, **headers):
        return self.ask("GET", target, headers)

    def post(self, target, data, headers):
        body = urlencode(data).encode()
        sent = {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(body)), **headers}
        return self.ask("POST", target, sent, body)

    def ask(self, method, target, headers=None, body=b""):
        raw_path, _, query = target.encode("utf-8", "surrogatepass").partition(b"?")
        given = {"host": self.host, **(headers or {})}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote_to_bytes(raw_path).decode("utf-8", "replace"),
            "raw_path": raw_path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items() if value is not None],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }
        sent = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            sent.append(message)

        # In a thread of its own: a browser that another test has started keeps an event loop in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, self.app(scope, receive, send)).result()
        content = b"".join(message.get("body", b"") for message in sent[1:])
        found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return SimpleNamespace(
            status_code=sent[0]["status"], headers=found, content=content, text=content.decode("utf-8", "replace")
        )
