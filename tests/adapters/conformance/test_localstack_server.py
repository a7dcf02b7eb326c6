"""The LocalStack that the suite starts is nobody else's business."""

import socket
import sys
from urllib.parse import urlsplit

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is no address of ours")
def test_it_listens_on_one_address_only(localstack: str) -> None:
    port = urlsplit(localstack).port
    assert port is not None

    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)
