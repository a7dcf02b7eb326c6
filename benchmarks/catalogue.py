"""The peers, one row each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent / "peers" / "requirements"


class UnknownPeer(Exception):
    """Raised for the name of a peer that there is not; says which there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One library, as one of its users would run it.

    `environment` is its own; None means the project's, whose libraries it shares. `wraps` says that
    it reads messages of its own form, and `publishes_only` that it is another way of publishing.
    """

    name: str
    title: str
    module: str
    environment: str | None = None
    variant: str = "plain"
    wraps: bool = False
    publishes_only: bool = False
    ledger: str = "none"

    @property
    def requirements(self) -> Path | None:
        """Its packages, each with its exact version."""
        return REQUIREMENTS / f"{self.environment}.txt" if self.environment else None


PEERS: tuple[Peer, ...] = (
    Peer(
        name="flotilla",
        title="Flotilla, ledger on",
        module="benchmarks.peers.flotilla",
        variant="recorded",
        ledger="DynamoDB, fenced",
    ),
    Peer(
        name="flotilla-ledger-off",
        title="Flotilla, ledger off",
        module="benchmarks.peers.flotilla",
        variant="unrecorded",
    ),
    Peer(name="bare", title="bare aiobotocore loop", module="benchmarks.peers.bare"),
    Peer(
        name="bare-batched",
        title="bare aiobotocore loop, publishes batched",
        module="benchmarks.peers.bare",
        variant="batched",
        publishes_only=True,
    ),
    Peer(
        name="taskiq",
        title="taskiq + taskiq-aio-sqs",
        module="benchmarks.peers.taskiq_sqs",
        environment="taskiq",
        wraps=True,
    ),
    Peer(
        name="celery",
        title="Celery (kombu SQS)",
        module="benchmarks.peers.celery_sqs",
        environment="celery",
        wraps=True,
    ),
    Peer(
        name="dramatiq",
        title="dramatiq + dramatiq_sqs",
        module="benchmarks.peers.dramatiq_sqs",
        environment="dramatiq",
        wraps=True,
    ),
    Peer(
        name="powertools",
        title="Powertools BatchProcessor",
        module="benchmarks.peers.powertools",
        environment="powertools",
    ),
    Peer(
        name="powertools-idempotent",
        title="Powertools BatchProcessor + Idempotency",
        module="benchmarks.peers.powertools",
        environment="powertools",
        variant="idempotent",
        ledger="DynamoDB, not fenced",
    ),
)


def chosen(names: str) -> Sequence[Peer]:
    """The peers in a list of names with commas, or all. Raises UnknownPeer."""
    if names == "all":
        return PEERS
    by_name = {peer.name: peer for peer in PEERS}
    wanted = [name.strip() for name in names.split(",")]
    if unknown := [name for name in wanted if name not in by_name]:
        raise UnknownPeer(f"no peer {unknown[0]!r}; there are: all, {', '.join(by_name)}")
    return [by_name[name] for name in wanted]
