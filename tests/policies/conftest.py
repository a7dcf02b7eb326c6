"""The rules, a real OPA where there is one, and servers with rules on a free port."""

import importlib.util
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType

import pytest
from opa_client.opa import OpaClient

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="session")
def policies() -> Path:
    """The folder with the rules and the committed bundle."""
    return POLICIES


@pytest.fixture(scope="session")
def build() -> ModuleType:
    """policies/build.py, which is a script and no module."""
    spec = importlib.util.spec_from_file_location("policies_build", POLICIES / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def opa(build: ModuleType) -> Path:
    """OPA of the pinned version."""
    found: Path | None = build.opa()
    if found is None:
        reason = f"OPA {build.OPA_VERSION} is not here: make opa"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


Served = Callable[[list[Path]], str]


@pytest.fixture(scope="session")
def serve(opa: Path) -> Iterator[Served]:
    """Starts an OPA server with files and returns its URL; all of them end with the session."""
    with ExitStack() as servers:
        yield lambda files: servers.enter_context(_server(opa, files))


@contextmanager
def _server(opa: Path, files: list[Path]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [str(opa), "run", "--server", "--addr", f"127.0.0.1:{port}", "--skip-version-check"]
    with subprocess.Popen([*command, "--log-level", "error", *map(str, files)]) as process:
        try:
            with OpaClient(host="127.0.0.1", port=port) as client:
                client.wait_for_ready(timeout=30.0, interval=0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
