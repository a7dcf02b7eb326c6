"""Deploys the storage and messaging stacks to any endpoint, or removes them.

    python -m localstack.provision --endpoint-url http://127.0.0.1:4566
    python -m localstack.provision --region eu-central-1 --environment staging   # AWS
    python -m localstack.provision --endpoint-url http://127.0.0.1:4566 --delete

Deploying again updates what differs. Exits with 1, and one line, when the endpoint or a stack
fails.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localstack.endpoint import client
from localstack.stacks import Stack, StackFailed, deploy, remove

TEMPLATES = Path(__file__).resolve().parent.parent / "infra" / "cloudformation"

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the stacks go. Without an endpoint that is AWS, with the machine's credentials."""

    endpoint_url: str | None
    region: str
    environment: str
    bucket_suffix: str = ""

    @property
    def emulated(self) -> bool:
        return self.endpoint_url is not None


def provision(
    endpoint_url: str | None,
    region: str,
    environment: str,
    on_progress: Progress,
    *,
    bucket_suffix: str = "",
) -> None:
    """Creates or updates both stacks and waits. Raises StackFailed."""
    place = Place(
        endpoint_url=endpoint_url,
        region=region,
        environment=environment,
        bucket_suffix=bucket_suffix,
    )
    # Storage first: a template that is too long for a request goes through one of its buckets.
    for stack in (storage(place), messaging(place)):
        deploy(stack, _client(place), on_progress)


def withdraw(place: Place, on_progress: Progress) -> None:
    """Removes both stacks. What they hold is kept on AWS, and goes with an emulator's stack."""
    for stack in (messaging(place), storage(place)):
        remove(stack, _client(place), on_progress)


def storage(place: Place) -> Stack:
    """Tables and buckets."""
    return Stack(
        name=f"flotilla-{place.environment}-storage",
        body=(TEMPLATES / "storage.yaml").read_text(),
        parameters={
            "Environment": place.environment,
            "BucketSuffix": place.bucket_suffix,
            "WhenDeleted": "Delete" if place.emulated else "Retain",
        },
    )


def messaging(place: Place) -> Stack:
    """Bus, rules and queues."""
    return Stack(
        name=f"flotilla-{place.environment}-messaging",
        body=(TEMPLATES / "messaging.yaml").read_text(),
        parameters={"Environment": place.environment},
        bucket=f"templates-{place.environment}{place.bucket_suffix}",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: 0 done, 1 failed, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    place = Place(
        endpoint_url=options.endpoint_url,
        region=options.region,
        environment=options.environment,
        bucket_suffix=options.bucket_suffix,
    )
    try:
        if options.delete:
            withdraw(place, print)
        else:
            provision(
                place.endpoint_url,
                place.region,
                place.environment,
                print,
                bucket_suffix=place.bucket_suffix,
            )
    except StackFailed as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    return 0


def _client(place: Place) -> Callable[[str], Any]:
    return lambda service: client(service, place.endpoint_url, place.region)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m localstack.provision",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--endpoint-url", help="an emulator; without it, AWS itself")
    parser.add_argument("--region", default="us-east-1", help="default: us-east-1")
    parser.add_argument("--environment", default="local", help="part of every name (local)")
    parser.add_argument(
        "--bucket-suffix", default="", help='ends bucket names on AWS, such as "-123456789012"'
    )
    parser.add_argument("--delete", action="store_true", help="remove both stacks")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
