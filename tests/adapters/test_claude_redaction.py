"""What looks like a credential is taken out of a prompt, and nothing else is."""

import pytest

from workers.redaction import redacted

# Put together here, so that no scanner takes this file for a leak.
KEY_BLOCK = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow\nAAAA\n-----END RSA " + "PRIVATE KEY-----"
SECRETS = [
    ("AKIA" + "IOSFODNN7EXAMPLE", "IOSFODNN7"),
    ("aws_secret_access_key = " + "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalr"),
    ("ghp_" + "a1B2" * 9, "a1B2"),
    ("github_pat_" + "11AAAA_bbbbCCCCddddEEEE", "bbbbCCCC"),
    ("glpat-" + "abcDEF123456_7890xyz", "abcDEF"),
    ("xoxb-" + "123456789012-abcdefABCDEF", "abcdef"),
    ("sk-ant-" + "api03-AbCdEf0123456789", "AbCdEf"),
    ("sk-" + "proj-AbCdEf0123456789", "AbCdEf"),
    ("sk_live_" + "AbCdEf0123456789", "AbCdEf"),
    ("AIza" + "SyA1234567890abcdefghijklmnopqrstuv", "SyA1234"),
    (KEY_BLOCK, "MIIEow"),
    ("-----BEGIN " + "PRIVATE KEY-----\nMIIEow cut off here", "MIIEow"),
    ("password=hunter2", "hunter2"),
    ('"password": "hunter 2 with blanks"', "hunter"),
    ("DB_PASSWORD: hunter2", "hunter2"),
    ("my api-key = abc123", "abc123"),
    ("token: 'abc123'", "abc123"),
    ("Authorization: Bearer " + "abcdefghijklmnop1234", "abcdefghijkl"),
    ("postgresql://app:hunter2@db.example.com/app", "hunter2"),
    ("eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl", "c2lnbmF0dXJl"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS, ids=[row[0][:24] for row in SECRETS])
def test_a_secret_is_taken_out_and_what_stands_around_it_stays(text: str, secret: str) -> None:
    cleaned = redacted(f"before {text} after")

    assert secret not in cleaned
    assert "[redacted]" in cleaned
    assert cleaned.startswith("before ")


HARMLESS = [
    "Create a service called user-service with a password reset page",
    "a token-service with a bucket for secrets, and sk-learn in mind",
    "https://example.com/path?x=1 and a@b.example",
    "task-service-with-a-long-name-0123456789",
    "",
    "x" * 100_000,
]


@pytest.mark.parametrize("text", HARMLESS, ids=[text[:24] for text in HARMLESS])
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text
