"""The generated service on a real PostgreSQL."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

pytestmark = pytest.mark.process

# PostgreSQL refuses to run as root.
ACCOUNT = "nobody" if os.geteuid() == 0 else None

Tree = Callable[..., Path]
Run = Callable[..., CompletedProcess[str]]


def server_binaries() -> Path | None:
    """Where initdb and pg_ctl are: on the PATH, or where Debian keeps them."""
    found = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return Path(found).resolve().parent if found else debian[-1].parent if debian else None


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    """A server of this test's own, on loopback, without a password."""
    binaries = server_binaries()
    if binaries is None:
        mend = "install the PostgreSQL server (Debian: `apt-get install postgresql`)"
        if os.environ.get("CI"):
            pytest.fail(mend)
        pytest.skip(f"to enable: {mend}")
    # Not in pytest's folder, which only its owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="flotilla-postgresql-"))
    if ACCOUNT:
        shutil.chown(folder, ACCOUNT)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    try:
        control(binaries / "initdb", "-D", folder / "data", "-A", "trust", "-U", "postgres", "-N")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        pg_ctl = (binaries / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w")
        control(*pg_ctl, "-o", options, "start")
        try:
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
        finally:
            control(*pg_ctl, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def control(*argv: str | Path) -> None:
    """Runs a command of the server's account."""
    run = subprocess.run(
        [str(part) for part in argv],
        user=ACCOUNT,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, argv


@pytest.mark.parametrize("resource", ["user", "values"])
def test_its_tests_pass(
    tree: Tree, run: Run, python: Path, database_url: str, resource: str
) -> None:
    root = tree("service", resource=resource)
    answer = run(python, "-m", "pytest", "-q", folder=root, TEST_DATABASE_URL=database_url)
    assert answer.returncode == 0, answer.stdout
    assert not list(root.rglob("*.db"))


def test_replicas_may_migrate_at_the_same_time(
    tree: Tree, run: Run, python: Path, database_url: str
) -> None:
    root = tree("service")
    command = [str(python), "-m", "alembic", "upgrade", "head"]
    replicas = [
        subprocess.Popen(command, cwd=root, env={"DATABASE_URL": database_url}) for _ in range(3)
    ]
    assert [replica.wait(timeout=60) for replica in replicas] == [0, 0, 0]
    down = run(python, "-m", "alembic", "downgrade", "base", folder=root, DATABASE_URL=database_url)
    assert down.returncode == 0, down.stderr
