"""Several channels behind the face of one."""

from collections.abc import Sequence

from workers.ports import Notification, Notifications, Reject, Retry


class Channels:
    """Sends to every channel, whatever the others do.

    A channel that failed is told of afterwards: Retry if time may help one of them, else Reject.
    The whole notification then comes again, so a channel that worked may say it twice.
    """

    def __init__(self, channels: Sequence[Notifications]) -> None:
        self._channels = tuple(channels)

    async def send(self, notification: Notification) -> None:
        failures: list[Retry | Reject] = []
        for channel in self._channels:
            try:
                await channel.send(notification)
            except (Retry, Reject) as error:
                failures.append(error)
        if failures:
            raise min(failures, key=lambda failure: isinstance(failure, Reject))
