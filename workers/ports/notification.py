"""Messages to people."""

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Notification:
    """A message to the person who asked."""

    workflow_id: str
    recipient: str
    subject: str
    text: str
    outcome: Literal["completed", "failed"]


class Notifications(Protocol):
    """One channel, or several behind one face."""

    async def send(self, notification: Notification) -> None: ...
