"""What the repairs make of a Dockerfile."""

import pytest

from schemas.policy import Violation
from workers.remediation.errors import Unrepairable
from workers.remediation.playbooks import AUTOMATED
from workers.remediation.playbooks.case import Case

DOCKERFILE = """\
# syntax=docker/dockerfile:1
FROM python:3.12-slim AS build
RUN <<EOF
USER root
EOF
USER builder

FROM python:3.12-slim
# The service itself.
COPY --from=build /app /app
EXPOSE 8080/tcp
CMD ["uvicorn", \\
     "app.main:app"]
"""
CHECK = (
    "HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \\\n"
    '    CMD ["python", "-c", "import urllib.request; '
    "urllib.request.urlopen('http://127.0.0.1:8080/health', timeout=2)\"]\n"
)


def test_the_last_stage_gets_a_user_before_what_it_starts() -> None:
    after = _play("non-root-user", DOCKERFILE)
    assert after == DOCKERFILE.replace("CMD [", "USER 10001:10001\nCMD [")
    assert _play("non-root-user", after) == after


@pytest.mark.parametrize("user", ["root", "ROOT", "0", "0:0", "$USER", "root:app"])
def test_a_user_that_may_be_root_is_replaced(user: str) -> None:
    text = DOCKERFILE.replace("CMD [", f"USER {user}\nCMD [")
    assert _play("non-root-user", text) == _play("non-root-user", DOCKERFILE)


@pytest.mark.parametrize("user", ["app", "10001", "1000:1000", "rooty"])
def test_another_user_stays(user: str) -> None:
    text = DOCKERFILE.replace("CMD [", f"USER {user}\nCMD [")
    assert _play("non-root-user", text) == text


def test_what_is_built_after_the_command_is_still_built_as_root() -> None:
    text = "FROM a\nCMD x\nRUN apt-get update\n"
    assert _play("non-root-user", text) == text + "USER 10001:10001\n"


@pytest.mark.parametrize(
    "text", [DOCKERFILE, DOCKERFILE.replace("CMD [", "HEALTHCHECK NONE\nCMD [")]
)
def test_the_health_check_asks_the_exposed_port(text: str) -> None:
    after = _play("healthcheck-present", text)
    assert after == DOCKERFILE.replace("CMD [", CHECK + "CMD [")
    assert _play("healthcheck-present", after) == after


def test_the_check_uses_what_the_base_at_the_bottom_has() -> None:
    text = "FROM node:22-alpine AS base\nFROM base\nCMD x\n"
    assert '["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8000/health"]' in _play(
        "healthcheck-present", text
    )


@pytest.mark.parametrize(
    ("rule", "text", "reason"),
    [
        ("healthcheck-present", "FROM scratch\n", "what the base image 'scratch' could check"),
        ("non-root-user", "RUN x\n", "no FROM"),
        ("non-root-user", "", "no FROM"),
    ],
)
def test_what_is_not_known_is_not_guessed(rule: str, text: str, reason: str) -> None:
    with pytest.raises(Unrepairable, match=reason):
        _play(rule, text)


def _play(rule: str, text: str) -> str:
    violation = Violation(severity="high", rule=rule, message="m", path="Dockerfile")
    case = Case(violation, "user-service", "staging", {"Dockerfile": text})
    return AUTOMATED[rule](case)["Dockerfile"]
