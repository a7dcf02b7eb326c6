"""A log line is one JSON object without a credential in it."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.redaction import redacted
from workers.runtime.logs import Log

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"

# text, what no line may hold
SECRETS = {
    "AWS key id": ("key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
    "AWS session key id": ("ASIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"),
    "Anthropic": ("x-api-key: sk-ant-api03-abcDEF_123-xyz", "sk-ant-api03-abcDEF_123-xyz"),
    "GitHub token": (f"ghp_{'a1' * 18}", "a1a1"),
    "GitHub server token": (f"https://x:ghs_{'b2' * 18}@github.com/o/r", "b2b2"),
    "GitHub fine-grained": (f"github_pat_{'c3' * 20}", "c3c3"),
    "GitLab": ("glpat-abcdefghij0123456789", "abcdefghij0123456789"),
    "Slack token": ("xoxb-1234567890-abcdef", "1234567890"),
    "Slack webhook": ("post to https://hooks.slack.com/services/T0/B0/abcDEF failed", "abcDEF"),
    "private key": (f"found {PEM} in main.tf", "MIIEow"),
    "private key, cut off": (PEM[:40], "MIIEow"),
    "password": ("dsn password=hunter2 host=db", "hunter2"),
    "Password": ("Password=hunter2", "hunter2"),
    "secret": ("?secret=s3cr3t&x=1", "s3cr3t"),
    "token": ("token=t0k3n", "t0k3n"),
    "password at the end of a quotation": ('he said "password=hunter2"', "hunter2"),
}

ORDINARY = [
    "",
    "the queue gave the message to somebody else",
    "policy-on-codegen-completed worker 3 token 17",
    "artifacts/" + "0" * 64 + ".tar.gz",
    "Root=1-65f0c1a2-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1",
    "6f0d7f3e-3d0b-5f0e-9c55-f10717a00001",
    "the password must be at least 12 characters long",
    "sk-learn, ghp, xox, AKIA and glpat are words",
    'naïve "quotes" and \\ backslashes\nand lines 🚢',
]


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().split("\n")[:-1]]


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS.keys())
def test_a_credential_is_taken_out_and_the_line_is_still_json(text: str, secret: str) -> None:
    stream = io.StringIO()
    log = Log(stream=stream, route=text)
    log.info(text, reason=text, nested={"deep": [text, {text: text}]})
    log.exception("failed", ValueError(text), reason=text)  # noqa: PLE1205

    assert secret not in stream.getvalue()
    assert [line["level"] for line in lines(stream)] == ["info", "error"]


def test_what_stands_around_a_credential_stays() -> None:
    text, _ = SECRETS["password"]

    assert redacted(text) == "dsn password=[redacted] host=db"
    assert redacted(f"a {PEM} b") == "a [redacted] b"


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_left_alone(text: str) -> None:
    stream = io.StringIO()
    Log(stream=stream).info("said", text=text)

    assert redacted(text) == text
    assert lines(stream)[0]["text"] == text


@given(st.text())
def test_any_text_makes_one_line_of_json(text: str) -> None:
    stream = io.StringIO()
    Log(stream=stream).warning("said", text=f"password={text}")

    assert len(lines(stream)) == 1


def test_a_line_says_when_what_and_about_which() -> None:
    stream = io.StringIO()
    noon = datetime(2026, 11, 2, 12, tzinfo=UTC)
    log = Log(stream=stream, now=lambda: noon, route="policy")

    log.info("settled", receives=3, group=None, ok=True, took=1.5)

    assert lines(stream) == [
        {
            "time": "2026-11-02T12:00:00.000+00:00",
            "level": "info",
            "event": "settled",
            "route": "policy",
            "receives": 3,
            "group": None,
            "ok": True,
            "took": 1.5,
        }
    ]


def test_an_exception_brings_its_traceback() -> None:
    stream = io.StringIO()
    try:
        raise KeyError("user")
    except KeyError as error:
        Log(stream=stream).exception("handler failed", error, message_id="m1")

    [line] = lines(stream)
    assert line["error"] == "KeyError('user')"
    assert "test_logs.py" in line["traceback"]
    assert line["message_id"] == "m1"
