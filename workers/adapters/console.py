"""Notifications on the standard output of the process: one line each."""

import sys
from typing import TextIO

from workers.ports import Notification


class Console:
    """Writes to the stream, or to what is the standard output when it writes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    async def send(self, notification: Notification) -> None:
        line = f"[{notification.outcome}] {notification.workflow_id}: {notification.subject}"
        print(_one_line(line), file=self._stream or sys.stdout, flush=True)


def _one_line(text: str) -> str:
    """The text without anything that would move a terminal's cursor."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
