"""One connection, which carries one exchange at a time.

It is a bare asyncio protocol: aiohttp's client alone takes more processor time for an exchange than
a whole call takes here, signature and JSON included.
"""

import asyncio

from workers.adapters.lean.response import BadResponse, Response, ResponseParser

# A receive of ten messages of 600 bytes has 9 KB, an answer of the ledger 2 KB.
_BUFFER_BYTES = 64 * 1024


class Disconnected(Exception):
    """Raised when the peer hangs up before its answer is whole."""


class Silent(Exception):
    """Raised when nothing has come from the peer for as long as a call may be silent."""


class Connection(asyncio.BufferedProtocol):
    """An exchange that failed or was cancelled leaves it of no use: it is to be aborted then.

    It gives its own buffer to be read into: a plain protocol is given a new one of 256 KiB each
    time, which takes longer than all the rest of a read.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = ResponseParser()
        self._buffer = memoryview(bytearray(_BUFFER_BYTES))
        self._waiter: asyncio.Future[Response] | None = None
        self._heard = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        # Set when nothing of it is left.
        self.closed: asyncio.Future[None] = self._loop.create_future()

    @property
    def is_open(self) -> bool:
        """False also when the peer has hung up, as far as that is known here."""
        return self._transport is not None and not self._transport.is_closing()

    async def exchange(self, request: bytes, silence: float) -> Response:
        """Sends a request, and waits for its answer.

        Raises Disconnected, Silent, BadResponse.
        """
        assert self._transport is not None
        assert self._waiter is None, "one exchange at a time"
        self._parser = ResponseParser()
        waiter: asyncio.Future[Response] = self._loop.create_future()
        self._waiter = waiter
        self._heard = self._loop.time()
        self._alarm = self._loop.call_later(silence, self._listen, silence)
        try:
            self._transport.write(request)
            return await waiter
        finally:
            self._waiter = None
            self._alarm.cancel()

    def abort(self) -> None:
        """Closes it now; what is under way is lost."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            # Nobody asked: the next answer could be taken for one to another question.
            self.abort()
            return
        self._heard = self._loop.time()
        try:
            response = self._parser.feed(self._buffer[:nbytes])
        except BadResponse as error:
            waiter.set_exception(error)
            return
        if response is not None:
            waiter.set_result(response)

    def connection_lost(self, exc: Exception | None) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            response = self._parser.end()
            if response is not None and exc is None:
                waiter.set_result(response)
            else:
                waiter.set_exception(Disconnected(str(exc or "the peer hung up")))
        if not self.closed.done():
            self.closed.set_result(None)

    def _listen(self, silence: float) -> None:
        """Looks whether anything has come in the meantime."""
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        left = self._heard + silence - self._loop.time()
        if left > 0:
            self._alarm = self._loop.call_later(left, self._listen, silence)
        else:
            waiter.set_exception(Silent(f"nothing for {silence:g} s"))
