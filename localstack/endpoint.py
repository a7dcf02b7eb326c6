"""boto3 clients for an emulator or for AWS."""

from typing import Any

import boto3
from botocore.config import Config
from localstack_client.session import Session

# An emulator accepts any credentials, but clients refuse to start without.
CREDENTIAL = "test"


def client(service: str, endpoint_url: str | None, region: str) -> Any:
    """A client of the service. Without an endpoint it is AWS's, with the machine's credentials."""
    if endpoint_url is None:
        return boto3.client(service, region_name=region)
    # A server on this machine answers at once or is not there.
    config = Config(connect_timeout=3, read_timeout=30, retries={"total_max_attempts": 2})
    return _BoundSession(endpoint_url, region).client(service, config=config)


class _BoundSession(Session):  # type: ignore[misc]
    """A session for exactly one endpoint.

    The library's own lets AWS_ENDPOINT_URL win over what it is given, and anybody who exported
    that variable for one run may still have it in the next.
    """

    _service_endpoint_mapping: dict[str, str]

    def __init__(self, endpoint_url: str, region: str) -> None:
        super().__init__(CREDENTIAL, CREDENTIAL, None, region)
        self._service_endpoint_mapping = dict.fromkeys(self._service_endpoint_mapping, endpoint_url)
