"""Notifications by mail through Amazon SES (API version 2)."""

import re
from collections.abc import Collection
from email.utils import parseaddr
from typing import Any

from workers.adapters.aws_errors import translated
from workers.ports import Notification

_ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_SUBJECT_LIMIT = 200


class Ses:
    """Mails the person who asked, from a verified sender.

    Anyone who may publish a request may write any address into it. So mail goes to the domains that
    it was made for, the sender's own unless told otherwise; who asked from elsewhere, or without an
    address, gets none: the other channels and the report are there.
    """

    def __init__(self, client: Any, sender: str, domains: Collection[str] | None = None) -> None:
        self._client = client
        self._sender = sender
        self._domains = frozenset(domains or (_domain(parseaddr(sender)[1]),))

    async def send(self, notification: Notification) -> None:
        recipient = notification.recipient
        if not _ADDRESS.fullmatch(recipient) or _domain(recipient) not in self._domains:
            return
        subject = " ".join(notification.subject.split())[:_SUBJECT_LIMIT]
        with translated(f"mail about {notification.workflow_id}"):
            await self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [recipient]},
                Content={
                    "Simple": {
                        "Subject": {"Data": subject, "Charset": "UTF-8"},
                        "Body": {"Text": {"Data": notification.text, "Charset": "UTF-8"}},
                    }
                },
            )


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
