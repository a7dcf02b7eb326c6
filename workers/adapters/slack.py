"""Notifications to a Slack channel through an incoming webhook."""

from datetime import timedelta

from workers.ports import Away, Notification, Reject

_SECONDS = 10
_SUBJECT_LIMIT = 200
_TEXT_LIMIT = 3000
# Slack may ask for any wait; a message of ours is not worth a longer one than this.
_LONGEST_WAIT = timedelta(minutes=5)


class Slack:
    """Posts to one webhook. Its URL is a secret: no error and no log line names it."""

    def __init__(self, webhook_url: str) -> None:
        self._webhook_url = webhook_url

    async def send(self, notification: Notification) -> None:
        """Raises Away for 429, 5xx and no answer.

        Raises Reject for the other refusals: the webhook was revoked or its channel archived, and
        the message can be replayed from the dead letters when a person has mended that.
        """
        from aiohttp import ClientError, ClientSession, ClientTimeout  # noqa: PLC0415

        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=_SECONDS)) as session,
                session.post(
                    self._webhook_url, json=_message(notification), allow_redirects=False
                ) as response,
            ):
                status, wait = response.status, response.headers.get("Retry-After", "")
        except (ClientError, OSError, TimeoutError) as error:
            # Without "from": the error's own text holds the URL.
            raise Away(f"Slack does not answer: {type(error).__name__}") from None
        if status == 429 or status >= 500:
            raise Away(f"Slack answers {status}", after=_wait(wait))
        if status != 200:
            raise Reject(f"Slack refuses the webhook or the message with {status}")


def _message(notification: Notification) -> dict[str, object]:
    icon = ":white_check_mark:" if notification.outcome == "completed" else ":x:"
    subject = _escaped(" ".join(notification.subject.split())[:_SUBJECT_LIMIT])
    text = f"{icon} *{subject}*\n{_escaped(notification.text[:_TEXT_LIMIT])}"
    return {"text": text, "unfurl_links": False, "unfurl_media": False}


def _escaped(text: str) -> str:
    """The three characters that Slack's markup needs escaped; mentions such as `<!channel>` die."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _wait(seconds: str) -> timedelta | None:
    if not (seconds.isascii() and seconds.isdigit()):
        return None
    return min(timedelta(seconds=int(seconds[:6])), _LONGEST_WAIT)
