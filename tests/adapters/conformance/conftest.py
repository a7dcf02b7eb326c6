"""One fixture a backend, and what is known of where an emulator is not as AWS.

A test is a fact about SQS. Where the list of differences has it for a backend, it must fail there:
the day it does not, the line is to be taken out.
"""

import http.client
import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, NoReturn

import pytest

from localstack import community
from localstack.ports import free_port
from tests.adapters.conformance.differences import DIFFERENCES, FAKE, LOCALSTACK, MINISTACK
from tests.adapters.conformance.queues import NOW, Backend, Fake, Made, Sqs

START_SECONDS = 60
EMULATORS = [pytest.param(MINISTACK, marks=pytest.mark.embedded), LOCALSTACK]


@pytest.fixture(scope="session")
def localstack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint of LocalStack, where `make localstack` has been."""
    python = community.python()
    if python is None:
        _missing()
    folder = tmp_path_factory.mktemp("localstack")
    port = free_port(community.HOST)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            community.command(python),
            cwd=folder,
            env=dict(community.environment(port, folder)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        if not _answers(process, port):
            pytest.fail(f"LocalStack does not start: {(folder / 'log').read_text()[-2000:]}")
        yield f"http://{community.HOST}:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
async def made(
    request: pytest.FixtureRequest, client_at: Callable[[str, str], Any]
) -> AsyncIterator[Made]:
    """Makes a queue of the named backend: FIFO, unless told."""
    async with AsyncExitStack() as clients:

        async def queue(name: str, *, fifo: bool = True, delay: timedelta = NOW) -> Backend:
            if name == FAKE:
                return Fake(fifo=fifo, delay=delay)
            endpoint = request.getfixturevalue(name)
            client = await clients.enter_async_context(client_at("sqs", endpoint))
            return await Sqs.made(client, fifo=fifo, delay=delay)

        yield queue


@pytest.fixture(params=[FAKE, *EMULATORS])
def kind(request: pytest.FixtureRequest) -> str:
    """The backend's name, for a fact about any of them."""
    return _expected(request)


@pytest.fixture(params=EMULATORS)
def emulator(request: pytest.FixtureRequest) -> str:
    """The backend's name, for a fact about what is sent to SQS."""
    return _expected(request)


@pytest.fixture
async def backend(made: Made, kind: str) -> Backend:
    """A new FIFO queue."""
    return await made(kind)


@pytest.fixture
async def standard(made: Made, kind: str) -> Backend:
    """A new standard queue."""
    return await made(kind, fifo=False)


@pytest.fixture
async def sqs(made: Made, emulator: str) -> Backend:
    """A new FIFO queue on a server."""
    return await made(emulator)


def _expected(request: pytest.FixtureRequest) -> str:
    """The parameter, once its test is told of a known difference."""
    name: str = request.param
    fact = request.function.__name__.removeprefix("test_")
    if known := DIFFERENCES.get((fact, name)):
        request.applymarker(
            pytest.mark.xfail(reason=known.reason, strict=True, raises=known.raises)
        )
    return name


def _missing() -> NoReturn:
    """What a person's machine may lack, the build's must have: if it has the Python for it."""
    if not _has_python313():
        pytest.skip("no LocalStack here, which needs Python 3.13: with one, `make localstack`")
    if os.environ.get("CI"):
        pytest.fail("no LocalStack here: `make localstack` installs it")
    pytest.skip("no LocalStack here: `make localstack` installs it")


def _has_python313() -> bool:
    """Whether `make localstack` would find its Python; a version manager may lead to none."""
    found = shutil.which(os.environ.get("PYTHON313") or "python3.13")
    return found is not None and subprocess.run([found, "-c", ""], check=False).returncode == 0


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """False when it has ended, or has not answered in time."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(community.HOST, port, timeout=2)
        try:
            connection.request("GET", "/_localstack/health")
            if connection.getresponse().status == 200:
                return process.poll() is None
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    return False
