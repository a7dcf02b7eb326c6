"""A small HTTP server in a thread that keeps every request and can be told to misbehave."""

import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as it came in. `path` is as it was sent, without the query."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    line: str

    @property
    def parts(self) -> list[str]:
        return [unquote(each) for each in self.path.split("/") if each]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """What is sent back. `drip` sends byte by byte until nobody reads."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    drip: bool = False


def said(tree: object, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(tree).encode(), {"Content-Type": "application/json", **named})


Answering = Callable[[Asked], Answer]


class RecordingServer:
    """Answers with `answering`, or with what `instead` has for a path that starts so."""

    def __init__(self, answering: Answering, context: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self.instead: dict[str, list[Answer]] = {}
        # Set when a test is over: what still waits may go.
        self.over = threading.Event()
        self._answering = answering
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        if context:
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self._scheme = "https" if context else "http"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> "RecordingServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._http.shutdown()
        self._http.server_close()

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        for start, answers in self.instead.items():
            if asked.path.startswith(start) and answers:
                return answers.pop(0) if len(answers) > 1 else answers[0]
        return self._answering(asked)


def _handler(server: RecordingServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = server.answer(
                Asked(self.command, parts.path, query, headers, body, self.requestline)
            )
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            length = 10**9 if answer.drip else len(answer.body)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self._send(answer)

        def _send(self, answer: Answer) -> None:
            try:
                self.wfile.write(answer.body)
                while answer.drip and not server.over.wait(0.02):
                    self.wfile.write(b" ")
                    self.wfile.flush()
            except OSError:
                self.close_connection = True

        do_GET = do_POST = do_PATCH = do_PUT = _do  # noqa: N815

        def log_message(self, *_: object) -> None:
            return

    return Handler
