"""Settings -> adapters. The only place that knows which adapter serves which port.

Adapters are imported where they are made: a worker pays for what its route needs, and no more.
"""
# ruff: noqa: PLC0415

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from workers import ports
from workers.adapters.eventbridge import EventBridgeBus
from workers.connections import Connections
from workers.runtime import handlers
from workers.runtime.claim_check import Payloads
from workers.settings import Settings

POLICY_BUNDLE = Path(__file__).resolve().parent.parent / "policies" / "bundle.wasm"

Factory = Callable[[Settings, Connections], Awaitable[object]]


class SystemClock:
    """The wall clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class LazyPayloads:
    """Where large events and answers are left: rarely used, and opened when it is."""

    def __init__(self, settings: Settings, connections: Connections) -> None:
        self._settings = settings
        self._connections = connections

    async def store(self, content: bytes) -> str:
        return await (await self._opened()).store(content)

    async def load(self, key: str) -> bytes:
        return await (await self._opened()).load(key)

    async def _opened(self) -> Payloads:
        from workers.adapters.s3_payloads import S3Payloads

        bucket = self._settings.names.bucket("agent-artifacts")
        return S3Payloads(await self._connections.client("s3"), bucket)


async def adapter(port: type, settings: Settings, connections: Connections) -> object:
    """The adapter that serves a port here."""
    try:
        factory = FACTORIES[port]
    except KeyError as error:
        raise handlers.HandlerError(f"no adapter serves {port.__name__}") from error
    return await factory(settings, connections)


async def bus(settings: Settings, connections: Connections) -> EventBridgeBus:
    """The fleet's event bus."""
    return EventBridgeBus(await connections.client("events"), settings.names.bus)


async def _clock(settings: Settings, connections: Connections) -> ports.Clock:
    return SystemClock()


async def _artifacts(settings: Settings, connections: Connections) -> ports.Artifacts:
    from workers.adapters.s3 import S3Artifacts

    return S3Artifacts(await connections.client("s3"), settings.names.bucket("agent-artifacts"))


async def _reports(settings: Settings, connections: Connections) -> ports.Reports:
    from workers.adapters.s3 import S3Reports

    return S3Reports(await connections.client("s3"), settings.names.bucket("agent-artifacts"))


async def _workflows(settings: Settings, connections: Connections) -> ports.Workflows:
    from workers.adapters.dynamodb_workflows import DynamoWorkflows

    dynamodb = await connections.client("dynamodb")
    return DynamoWorkflows(dynamodb, settings.names.table("workflows"))


async def _deployments(settings: Settings, connections: Connections) -> ports.Deployments:
    from workers.adapters.dynamodb_deployments import DynamoDeployments

    dynamodb = await connections.client("dynamodb")
    return DynamoDeployments(dynamodb, settings.names.table("deployments"))


async def _audit(settings: Settings, connections: Connections) -> ports.PolicyAudit:
    from workers.adapters.dynamodb_audit import DynamoPolicyAudit

    dynamodb = await connections.client("dynamodb")
    return DynamoPolicyAudit(dynamodb, settings.names.table("policy-violations"))


async def _policies(settings: Settings, connections: Connections) -> ports.PolicyEngine:
    return policy_engine(settings)


def policy_engine(settings: Settings) -> ports.PolicyEngine:
    """An OPA server where `OPA_URL` names one, else the compiled bundle in this process."""
    if settings.opa_url is not None:
        from workers.adapters.opa import OpaEngine

        return OpaEngine(settings.opa_url)
    from workers.adapters.rego_wasm import RegoWasm

    return RegoWasm(POLICY_BUNDLE, cache=settings.home / "cache")


async def _secrets(settings: Settings, connections: Connections) -> ports.SecretScanner:
    return secret_scanner()


def secret_scanner() -> ports.SecretScanner:
    """The scanner for credentials in files."""
    from workers.adapters.detect_secrets import DetectSecrets

    return DetectSecrets()


async def _model(settings: Settings, connections: Connections) -> ports.Model:
    if not (settings.anthropic_api_key or settings.bedrock):
        from workers.adapters.offline import OfflineModel

        return OfflineModel()
    from workers.adapters.claude import AnthropicApi, Bedrock, ClaudeModel

    access = (
        Bedrock(region=settings.region)
        if settings.bedrock
        else AnthropicApi(settings.anthropic_api_key or "", settings.anthropic_base_url)
    )
    return ClaudeModel(access, SystemClock(), model=settings.model)


async def _runner(settings: Settings, connections: Connections) -> ports.TestRunner:
    from workers.adapters.environments import Environments
    from workers.adapters.sandbox import Sandbox

    return Sandbox(Environments(settings.home / "environments"))


async def _target(settings: Settings, connections: Connections) -> ports.Target:
    from workers.adapters.embedded_buckets import S3Buckets
    from workers.adapters.embedded_target import EmbeddedTarget
    from workers.adapters.environments import Environments

    environments = Environments(settings.home / "environments")
    buckets = S3Buckets(await connections.client("s3"), settings.region)
    return EmbeddedTarget(settings.services, environments, buckets)


async def _probe(settings: Settings, connections: Connections) -> ports.HttpProbe:
    from workers.adapters.http_probe import AiohttpProbe

    return AiohttpProbe()


async def _notifications(settings: Settings, connections: Connections) -> ports.Notifications:
    from workers.adapters.channels import Channels
    from workers.adapters.console import Console
    from workers.adapters.ses import Ses
    from workers.adapters.slack import Slack

    channels: list[ports.Notifications] = [Console()]
    if settings.slack_webhook_url is not None:
        channels.append(Slack(settings.slack_webhook_url))
    if settings.ses_sender is not None:
        channels.append(Ses(await connections.client("sesv2"), settings.ses_sender))
    return Channels(channels)


FACTORIES: Mapping[type, Factory] = MappingProxyType(
    {
        ports.Artifacts: _artifacts,
        ports.Clock: _clock,
        ports.Deployments: _deployments,
        ports.HttpProbe: _probe,
        ports.Model: _model,
        ports.Notifications: _notifications,
        ports.PolicyAudit: _audit,
        ports.PolicyEngine: _policies,
        ports.Reports: _reports,
        ports.SecretScanner: _secrets,
        ports.Target: _target,
        ports.TestRunner: _runner,
        ports.Workflows: _workflows,
    }
)
