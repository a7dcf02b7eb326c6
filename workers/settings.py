"""What the environment says. The only reader of os.environ; all else is handed its values."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from events.topology import Names

# The templates' own limit: part of names of rules (64 characters), queues and buckets.
_ENVIRONMENT = re.compile(r"[a-z]([a-z0-9-]{0,14}[a-z0-9])?")

Transport = Literal["lean", "botocore"]


class SettingsError(Exception):
    """Raised when an environment variable can't be understood; names it and its form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One process's view of where it runs.

    With `endpoint_url` everything AWS goes there (an emulator); without it, to AWS itself.
    `transport` speaks to SQS, EventBridge and DynamoDB: `botocore` is the way back from `lean`.
    `stop` is how long a process has from SIGTERM to its end; without `health_port` it serves none.
    Secrets are kept out of the representation, so that no log line can hold them.
    """

    environment: str = "local"
    region: str = "us-east-1"
    endpoint_url: str | None = None
    transport: Transport = "lean"
    home: Path = Path(".flotilla")
    receive_wait: timedelta = timedelta(seconds=20)
    lease: timedelta = timedelta(seconds=12)
    stop: timedelta = timedelta(seconds=25)
    health_host: str = "127.0.0.1"
    health_port: int | None = None
    ecs_agent_uri: str | None = None
    scheduler_role_arn: str | None = None
    opa_url: str | None = None
    model: str = "claude-sonnet-5-5"
    anthropic_base_url: str = "https://api.anthropic.com"
    anthropic_api_key: str | None = field(default=None, repr=False)
    bedrock: bool = False
    slack_webhook_url: str | None = field(default=None, repr=False)
    ses_sender: str | None = None
    xray_address: str | None = None
    editor: str = "vi"

    @property
    def names(self) -> Names:
        return Names(self.environment)

    @property
    def services(self) -> Path:
        """Where the embedded target keeps the services that it runs."""
        return self.home / "services"

    @property
    def embedded(self) -> bool:
        """Whether AWS is an emulator on this machine."""
        return self.endpoint_url is not None


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in the environment. Raises SettingsError."""
    env = os.environ if environ is None else environ
    return Settings(
        environment=_name(env, "FLOTILLA_ENVIRONMENT", "local"),
        region=env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or "us-east-1",
        endpoint_url=env.get("AWS_ENDPOINT_URL") or None,
        transport=_transport(env, "FLOTILLA_TRANSPORT"),
        home=Path(env.get("FLOTILLA_HOME") or ".flotilla").absolute(),
        receive_wait=_seconds(env, "FLOTILLA_RECEIVE_WAIT_SECONDS", 20, most=20),
        lease=_seconds(env, "FLOTILLA_LEASE_SECONDS", 12, most=43_200),
        # ECS on Fargate gives at most 120 seconds between SIGTERM and SIGKILL.
        stop=_seconds(env, "FLOTILLA_STOP_SECONDS", 25, most=120),
        health_host=env.get("FLOTILLA_HEALTH_HOST") or "127.0.0.1",
        health_port=_port(env, "FLOTILLA_HEALTH_PORT"),
        ecs_agent_uri=env.get("ECS_AGENT_URI") or None,
        scheduler_role_arn=env.get("FLOTILLA_SCHEDULER_ROLE_ARN") or None,
        opa_url=env.get("OPA_URL") or None,
        model=env.get("FLOTILLA_MODEL") or "claude-sonnet-5-5",
        anthropic_base_url=env.get("ANTHROPIC_BASE_URL") or "https://api.anthropic.com",
        anthropic_api_key=env.get("ANTHROPIC_API_KEY") or None,
        bedrock=env.get("FLOTILLA_BEDROCK") == "1",
        slack_webhook_url=env.get("SLACK_WEBHOOK_URL") or None,
        ses_sender=env.get("FLOTILLA_SES_SENDER") or None,
        xray_address=env.get("AWS_XRAY_DAEMON_ADDRESS") or None,
        editor=env.get("VISUAL") or env.get("EDITOR") or "vi",
    )


def _name(env: Mapping[str, str], variable: str, default: str) -> str:
    value = env.get(variable) or default
    if not _ENVIRONMENT.fullmatch(value):
        form = "at most 16 small letters, digits and hyphens, a letter first"
        raise SettingsError(f"{variable}={value!r}: {form}")
    return value


def _transport(env: Mapping[str, str], variable: str) -> Transport:
    match env.get(variable) or "lean":
        case "lean":
            return "lean"
        case "botocore":
            return "botocore"
        case other:
            raise SettingsError(f"{variable}={other!r}: lean or botocore")


def _seconds(env: Mapping[str, str], variable: str, default: float, *, most: float) -> timedelta:
    text = env.get(variable)
    try:
        seconds = float(text) if text else default
    except ValueError as error:
        raise SettingsError(f"{variable}={text!r}: a number of seconds") from error
    if not 1 <= seconds <= most:
        raise SettingsError(f"{variable}={text!r}: from 1 to {most:g} seconds")
    return timedelta(seconds=seconds)


def _port(env: Mapping[str, str], variable: str) -> int | None:
    """None for 0, as for nothing at all."""
    text = env.get(variable) or "0"
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise SettingsError(f"{variable}={text!r}: a port from 1 to 65535, or 0 for none")
    return int(text) or None
