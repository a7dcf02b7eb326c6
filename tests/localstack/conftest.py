"""A fleet's stacks on the embedded AWS, without workers."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from events.topology import Names
from localstack.endpoint import client
from localstack.provision import provision

REGION = "us-east-1"


@dataclass(frozen=True)
class Deployed:
    """Both stacks in an environment of their own."""

    endpoint_url: str
    environment: str

    @property
    def names(self) -> Names:
        return Names(self.environment)

    def client(self, service: str) -> Any:
        return client(service, self.endpoint_url, REGION)

    def url(self, queue: str) -> str:
        return str(self.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"])


def fresh_environment() -> str:
    return f"t{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def deployed(ministack: str) -> Deployed:
    made = Deployed(ministack, fresh_environment())
    provision(ministack, REGION, made.environment, lambda line: None)
    return made


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def say(said: list[str]) -> Callable[[str], None]:
    return said.append
