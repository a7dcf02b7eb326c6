"""Steps that tell somebody: Slack and mail, through secrets that a person creates."""

import json

from workers.migration.actions.expressions import plain, wrapped
from workers.migration.actions.model import Scalar
from workers.migration.actions.model import Step as Made
from workers.migration.convert.frame import Frame
from workers.migration.convert.scope import Part, Ref, Unknown
from workers.migration.convert.work import Work, secret_name
from workers.migration.pipeline.steps import Step


def slack(work: Work, step: Step, frame: Frame) -> Frame:
    """`slackSend`: a message to an incoming webhook."""
    text = work.parts(step.named.get("message") or next(iter(step.positional), None), frame)
    channel = work.fixed(step.named.get("channel"), frame)
    said = _text(text)
    payload = f"text: {json.dumps(said, ensure_ascii=False)}\n"
    if channel:
        payload = f"channel: {json.dumps(channel)}\n{payload}"
    work.record.task("secret", "SLACK_WEBHOOK_URL", "an incoming webhook of the Slack workspace")
    inputs: dict[str, Scalar] = {
        "webhook": wrapped("secrets.SLACK_WEBHOOK_URL"),
        "webhook-type": "incoming-webhook",
        "payload": payload,
    }
    made = Made(name="Tell Slack", uses="slackapi/slack-github-action", inputs=inputs)
    work.add(step, made, frame, works=False, reads=False)
    _recorded(work, step, text, "a message to the webhook SLACK_WEBHOOK_URL")
    return frame


def mail(work: Work, step: Step, frame: Frame) -> Frame:
    """`mail` and `emailext`: a message through a mail server."""
    to = work.inline(step.named.get("to"), frame)
    subject = _text(work.parts(step.named.get("subject"), frame))
    text = work.parts(step.named.get("body"), frame)
    body = _text(text)
    work.record.task("secret", "MAIL_SERVER_URL", "the mail server: smtp://user:password@host:port")
    if to is None:
        to = wrapped("secrets.MAIL_TO")
        work.record.task("secret", "MAIL_TO", "who gets the messages of the pipeline")
    inputs: dict[str, Scalar] = {
        "connection_url": wrapped("secrets.MAIL_SERVER_URL"),
        "to": to,
        "from": work.inline(step.named.get("from"), frame) or "GitHub Actions",
        "subject": subject or wrapped("github.workflow"),
        "body": body or wrapped("github.workflow"),
    }
    made = Made(name="Send mail", uses="dawidd6/action-send-mail", inputs=inputs)
    work.add(step, made, frame, works=False, reads=False)
    _recorded(work, step, text, "a message through the server of MAIL_SERVER_URL")
    return frame


def _text(text: tuple[Part, ...]) -> str:
    """The text with expressions in it; what only Jenkins knew is named as such."""
    return "".join(_part(each) for each in text)


def _part(part: Part) -> str:
    if isinstance(part, str):
        return plain(part)
    return wrapped(part.expression) if isinstance(part, Ref) else f"({secret_name(part.text)})"


def _recorded(work: Work, step: Step, text: tuple[Part, ...], note: str) -> None:
    missing = [each.text for each in text if isinstance(each, Unknown)]
    if missing:
        work.record.manual(step, f"{note}; put in what Jenkins knew: {', '.join(missing)}")
    else:
        work.record.changed(step, note)
