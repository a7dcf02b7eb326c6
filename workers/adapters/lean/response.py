"""HTTP/1.1 responses from bytes as they come, however they are cut (RFC 9112). No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass

_HEAD_LIMIT = 64 * 1024
_END_OF_HEAD = b"\r\n\r\n"


class BadResponse(Exception):
    """Raised for bytes that are no HTTP response: what follows on that connection means nothing."""


@dataclass(frozen=True, slots=True)
class Response:
    """A whole one. Headers are in lower case; `reusable` says if the connection may serve again."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    reusable: bool


@dataclass(frozen=True, slots=True)
class _Head:
    status: int
    headers: dict[str, str]
    persistent: bool


class ResponseParser:
    """Parses one response. Feed it until it has one; it must not be fed afterwards."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._head: _Head | None = None
        # None: not known. The body is in chunks, or ends with the connection.
        self._size: int | None = None
        self._chunked = False
        self._chunks: _Chunks | None = None

    def feed(self, data: bytes | memoryview) -> Response | None:
        """The response, once it is whole. Raises BadResponse."""
        self._rest += data
        while self._head is None:
            end = self._rest.find(_END_OF_HEAD)
            if end < 0:
                if len(self._rest) > _HEAD_LIMIT:
                    raise BadResponse("a head without an end")
                return None
            head = _head(bytes(self._rest[:end]))
            del self._rest[: end + len(_END_OF_HEAD)]
            # 100 and its like come before the answer, and are none.
            if head.status >= 200:
                self._begin(head)
        return self._body(self._head)

    def end(self) -> Response | None:
        """The response that the end of the connection makes whole, if it does."""
        if self._head is None or self._chunked or self._size is not None:
            return None
        return Response(self._head.status, self._head.headers, bytes(self._rest), reusable=False)

    @property
    def has_begun(self) -> bool:
        return self._head is not None or bool(self._rest)

    def _begin(self, head: _Head) -> None:
        self._head = head
        coding = head.headers.get("transfer-encoding")
        length = head.headers.get("content-length")
        if head.status in {204, 304}:
            self._size = 0
        elif coding is not None:
            if coding.lower() != "chunked":
                raise BadResponse(f"transfer coding {coding!r}")
            self._chunked, self._chunks = True, _Chunks()
        elif length is not None:
            self._size = _length(length)

    def _body(self, head: _Head) -> Response | None:
        if self._chunks is not None:
            body = self._chunks.feed(self._rest)
            if body is None:
                return None
            # Two statements of one length: whoever disagrees about them must not share the rest.
            clean = not self._rest and "content-length" not in head.headers
            return Response(head.status, head.headers, body, head.persistent and clean)
        if self._size is None or len(self._rest) < self._size:
            return None
        body = bytes(self._rest[: self._size])
        clean = len(self._rest) == self._size
        return Response(head.status, head.headers, body, head.persistent and clean)


class _Chunks:
    """A body in chunks."""

    def __init__(self) -> None:
        self._body = bytearray()
        self._left = 0
        self._trailers = False

    def feed(self, rest: bytearray) -> bytes | None:
        """Takes from the rest what belongs to the body; all of it, once its end is there."""
        while True:
            if self._left:
                # A chunk is followed by a line break, which is taken with its last byte.
                if len(rest) < self._left:
                    return None
                self._body += rest[: self._left - 2]
                if rest[self._left - 2 : self._left] != b"\r\n":
                    raise BadResponse("a chunk without an end")
                del rest[: self._left]
                self._left = 0
            line = _line(rest)
            if line is None:
                return None
            if self._trailers:
                if not line:
                    return bytes(self._body)
                continue
            size = _hexadecimal(line)
            self._trailers = size == 0
            self._left = size + 2 if size else 0


def _head(text: bytes) -> _Head:
    first, *lines = text.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    status = rest[:3]
    if not version.startswith("HTTP/1.") or not (status.isascii() and status.isdigit()):
        raise BadResponse(f"no status line: {first[:100]!r}")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        name, value = name.lower(), value.strip()
        if not colon or not name or name != name.strip():
            raise BadResponse("a header that is none")
        if name == "content-length" and headers.get(name, value) != value:
            raise BadResponse("two lengths")
        headers[name] = value
    options = headers.get("connection", "").lower()
    persistent = "close" not in options if version == "HTTP/1.1" else "keep-alive" in options
    return _Head(int(status), headers, persistent)


def _length(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise BadResponse(f"length {text!r}")
    return int(text)


def _hexadecimal(line: bytes) -> int:
    """The size of a chunk, without its extensions."""
    digits = line.partition(b";")[0].strip()
    if not digits or not set(digits) <= set(b"0123456789abcdefABCDEF"):
        raise BadResponse("a chunk without a size")
    return int(digits, 16)


def _line(rest: bytearray) -> bytes | None:
    """Takes a line from the rest, if there is a whole one."""
    end = rest.find(b"\r\n")
    if end < 0:
        if len(rest) > _HEAD_LIMIT:
            raise BadResponse("a line without an end")
        return None
    line = bytes(rest[:end])
    del rest[: end + 2]
    return line
