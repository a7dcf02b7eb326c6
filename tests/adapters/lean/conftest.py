"""Every fact of the conformance suite is asked of aiobotocore and of the lean client."""

from functools import partial
from typing import Any

import pytest

from tests.adapters.lean.transports import BOTOCORE, LEAN, Opened, botocore, lean


@pytest.fixture(params=[BOTOCORE, LEAN])
def opened(request: pytest.FixtureRequest, aws: Any) -> Opened:
    """Opens a client of a service at any URL."""
    return lean if request.param == LEAN else partial(botocore, aws)
