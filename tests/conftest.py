"""The embedded AWS for the whole suite: one emulator a test process, on a port of its own."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings

HOST = "127.0.0.1"
HEALTH = "/_localstack/health"
INSTALLED = Path(__file__).parents[1] / ".flotilla" / "environments" / "ministack"
START_SECONDS = 30
ATTEMPTS = 3

# A loaded machine is no failure, and a build must answer the same twice.
settings.register_profile(
    "flotilla",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("flotilla")

ClientOf = Callable[[str], Awaitable[Any]]


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint of an emulator that ends with this test process."""
    binary = os.environ.get("FLOTILLA_MINISTACK") or str(INSTALLED / "bin" / "ministack")
    if not Path(binary).exists():
        _missing(f"no MiniStack at {binary}: `make setup` installs it")
    folder = tmp_path_factory.mktemp("ministack")
    for _ in range(ATTEMPTS):
        # The port may be taken between the look and the start: then the next one is tried.
        port = _free_port()
        process = _started(binary, port, folder)
        try:
            if _healthy(process, port):
                yield f"http://{HOST}:{port}"
                return
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    pytest.fail(f"MiniStack does not start: {(folder / 'log').read_text()[-2000:]}")


@pytest.fixture
async def embedded_clients(ministack: str) -> AsyncIterator[ClientOf]:
    """Opens an aiobotocore client of the named service on the emulator, once a test."""
    from aiobotocore.session import get_session

    opened: dict[str, Any] = {}
    async with AsyncExitStack() as stack:

        async def client(service: str) -> Any:
            if service not in opened:
                opened[service] = await stack.enter_async_context(
                    get_session().create_client(
                        service,
                        endpoint_url=ministack,
                        region_name="us-east-1",
                        aws_access_key_id="test",
                        aws_secret_access_key="test",
                    )
                )
            return opened[service]

        yield client


def _missing(reason: str) -> NoReturn:
    """What a person's machine may lack, the build's must have."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _started(binary: str, port: int, folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [binary],
            cwd=folder,
            env={
                "PATH": os.defpath,
                "TMPDIR": str(folder),
                "GATEWAY_PORT": str(port),
                "BIND_HOST": HOST,
                # It would listen on ports of its own for these.
                "IOT_MTLS_ENABLED": "0",
                "SFTP_ENABLED": "0",
                "LOG_LEVEL": "WARNING",
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _healthy(process: subprocess.Popen[bytes], port: int) -> bool:
    """False when it has ended before it answered."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(HOST, port, timeout=2)
        try:
            connection.request("GET", HEALTH)
            if connection.getresponse().status == 200:
                return process.poll() is None
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
