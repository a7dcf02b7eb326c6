"""What a confined command can reach where the kernel gives it namespaces."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest

from workers.adapters.confinement import Command, clean_environment, run_confined
from workers.adapters.keeper import Answer
from workers.ports import Limits

pytestmark = pytest.mark.process


async def run(code: str, temporary: Path, *writable: Path) -> Answer:
    python = Path(sys.executable)
    command = Command(
        argv=(str(python), "-I", "-B", "-c", code),
        folder=temporary,
        environment=clean_environment(python, temporary),
        temporary=temporary,
        writable=writable,
    )
    return await run_confined(command, Limits(seconds=60.0))


@pytest.fixture
async def isolated(tmp_path: Path) -> Path:
    """A temporary folder for a command, on a machine that isolates it."""
    temporary = tmp_path / "temporary"
    answer = await run("import os; print(os.getppid())", temporary)
    if answer["output"].strip() != "1":
        reason = "no namespaces here: run as root, or `sysctl kernel.unprivileged_userns_clone=1`"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return temporary


async def test_it_writes_where_it_may_and_nowhere_else(isolated: Path, tmp_path: Path) -> None:
    granted, other = tmp_path / "granted", tmp_path / "other"
    for folder in (granted, other):
        folder.mkdir()
    tries = "\n".join(
        f"try: open({str(folder / 'file')!r}, 'w').write('x')\nexcept OSError as e: print(e.errno)"
        for folder in (isolated, granted, other)
    )
    answer = await run(tries, isolated, granted)
    assert len(answer["output"].split()) == 1, answer["output"]
    written = [folder for folder in (isolated, granted, other) if (folder / "file").exists()]
    assert written == [isolated, granted]


async def test_it_reaches_its_own_loopback_but_no_server_of_ours(isolated: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"""
import socket
try: socket.create_connection(("127.0.0.1", {port}), 5); print("reached ours")
except OSError: print("refused")
own = socket.create_server(("127.0.0.1", 0))
socket.create_connection(own.getsockname(), 5)
print("reached its own")
"""
        answer = await run(code, isolated)
    assert answer["output"].split("\n")[:2] == ["refused", "reached its own"]


async def test_it_sees_no_process_but_its_own(isolated: Path) -> None:
    code = "import os; print(sorted(int(n) for n in os.listdir('/proc') if n.isdigit()))"
    assert (await run(code, isolated))["output"].strip() == "[1, 2]"


async def test_it_has_no_power_over_the_machine(isolated: Path) -> None:
    code = """
import ctypes, os
libc = ctypes.CDLL(None)
print(os.geteuid() == 0, libc.mount(b"none", b"/", None, 32 | 4096, None), libc.unshare(0x20000000))
"""
    root, mount, unshare = (await run(code, isolated))["output"].split()
    assert (root, mount, unshare) == ("False", "-1", "-1")


async def test_a_command_that_is_not_there_says_so(tmp_path: Path) -> None:
    command = Command(("/nowhere/python",), tmp_path, {}, tmp_path)
    answer = await run_confined(command, Limits(seconds=60.0))
    assert answer["exit_code"] != 0
    assert "No such file" in answer["output"]


async def test_below_a_folder_of_root_it_may_ask_for_what_it_may_read(tmp_path: Path) -> None:
    """access(2) asks with the powers of the real user, unlike open(2)."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (private / "file").write_text("read me")
    code = f"import os; path = {str(private / 'file')!r}; print(os.access(path, os.R_OK))"
    answer = await run(code, private / "own")
    assert answer["output"].strip() == "True"


async def test_commands_at_the_same_time_share_no_user_and_so_no_process_limit(
    tmp_path: Path,
) -> None:
    if os.geteuid() != 0:
        reason = "only root can give each command a user of its own: run as root"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    first, second = await asyncio.gather(
        *(run("import os; print(os.getuid())", tmp_path / name) for name in "ab")
    )
    users = {first["output"].strip(), second["output"].strip()}
    assert len(users) == 2
    assert "0" not in users
