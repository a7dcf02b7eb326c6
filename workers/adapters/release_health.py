"""Whether a release's process is healthy, and what it said when it is not."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

from workers.adapters.process_registry import Record

_POLL_SECONDS = 0.05
_ANSWER_SECONDS = 2.0
_TAIL = 2000
_REQUEST = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")


async def illness(record: Record, patience: timedelta) -> str | None:
    """Why the process did not get healthy in time; None as soon as `/health` answers 200."""
    try:
        async with asyncio.timeout(patience.total_seconds()):
            while record.process():
                if await is_healthy(record.port):
                    return None
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        return f"/health did not answer 200 within {patience.total_seconds():g} s"
    return "it ended by itself"


async def is_healthy(port: int) -> bool:
    """One request. Only the status is read: the rest is nothing that we would believe."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(_REQUEST)
                status = await reader.readline()
            finally:
                writer.close()
    except (OSError, ValueError, TimeoutError):
        # No answer in time, or none that is HTTP.
        return False
    return status.split()[1:2] == [b"200"]


def log_tail(path: Path) -> str:
    """The end of the log, in plain characters."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        return _CONTROL.sub("", file.read(_TAIL).decode(errors="replace")).strip()
