"""Real test runs of friendly and hostile artifacts."""

import asyncio
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from workers.adapters.process_table import at_home_in, processes
from workers.adapters.sandbox import Sandbox
from workers.bundle import Bundle, Manifest
from workers.ports import Limits, Reject, TestRun

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "darwin", reason="descendants are found in /proc"),
]

PASSES = "def test_a(): pass\n"
BOTH_WAYS = pytest.mark.parametrize("isolate", [True, False], ids=["isolated", "plain"])


class OurPython:
    """The interpreter that runs this test: it has pytest, which is all that is needed."""

    async def python_for(self, requirements: bytes) -> Path:
        return Path(sys.executable)


class LeanPython:
    """The same without the plugins beside pytest, which take most of the time of a short run."""

    def __init__(self, folder: Path) -> None:
        self._python = folder / "python"

    async def python_for(self, requirements: bytes) -> Path:
        lean = "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1"
        self._python.write_text(f'#!/bin/sh\nexport {lean}\nexec {sys.executable} "$@"\n')
        self._python.chmod(0o755)
        return self._python


class NoPython:
    async def python_for(self, requirements: bytes) -> Path:
        raise Reject("no such package: nonsense==1")


def bundle(test: str, **files: str) -> Bundle:
    texts = {"requirements-dev.txt": "pytest==9.2.0", "tests/test_it.py": test, **files}
    return Bundle(
        {path: text.encode() for path, text in texts.items()},
        Manifest(service_name="user-service", part="service"),
    )


async def run(test: str, folder: Path, *, isolate: bool = True, **limits: float) -> TestRun:
    """Runs it, and sees to it that nothing of it is left."""
    chosen = Limits(**{"seconds": 60.0, **limits})  # type: ignore[arg-type]
    runs = folder / "runs"
    runs.mkdir()
    sandbox = Sandbox(LeanPython(folder), runs, isolate=isolate)
    ran = await sandbox.run(bundle(test), chosen)
    assert is_clean(runs)
    return ran


def is_clean(folder: Path) -> bool:
    return at_home_in(folder) == [] and list(folder.iterdir()) == []


def with_mark(mark: str) -> list[int]:
    """The processes that carry the mark among their arguments, whatever else they shed."""
    found = []
    for pid in processes():
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if mark.encode() in arguments:
            found.append(pid)
    return found


def wait_until(fact: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


@BOTH_WAYS
async def test_tests_that_pass_leave_results_and_nothing_else(
    tmp_path: Path, isolate: bool
) -> None:
    ran = await run(PASSES, tmp_path, isolate=isolate)
    assert (ran.exit_code, ran.ended_by) == (0, "itself")
    assert ran.junit_xml is not None
    assert b"test_it" in ran.junit_xml
    assert "1 passed" in ran.output


async def test_tests_that_fail_are_told_by_the_exit_code_and_without_the_folders_name(
    tmp_path: Path,
) -> None:
    ran = await run("def test_a(): assert open(__file__).read() == ''\n", tmp_path)
    assert ran.exit_code == 1
    assert "tests/test_it.py" in ran.output
    assert str(tmp_path) not in ran.output


async def test_no_tests_at_all_have_pytests_own_exit_code(tmp_path: Path) -> None:
    assert (await run("", tmp_path)).exit_code == 5


async def test_the_bundles_own_code_can_be_imported_but_not_stand_in_for_pytest(
    tmp_path: Path,
) -> None:
    files = {"app/main.py": "answer = 42\n", "pytest.py": "raise SystemExit(0)\n"}
    made = bundle("from app.main import answer\ndef test_a(): assert answer == 42\n", **files)
    ran = await Sandbox(LeanPython(tmp_path), tmp_path).run(made, Limits())
    assert "1 passed" in ran.output


@BOTH_WAYS
async def test_a_run_that_hangs_is_ended(tmp_path: Path, isolate: bool) -> None:
    hang = "import time\ndef test_a():\n    while True: time.sleep(1)\n"
    ran = await run(hang, tmp_path, isolate=isolate, seconds=3)
    assert (ran.exit_code, ran.ended_by) == (None, "time")
    assert ran.output.endswith("ended: it ran longer than 3 s")


async def test_a_test_that_hangs_will_tell_where_in_time(tmp_path: Path) -> None:
    look = "def test_a(request): assert request.config.getini('faulthandler_timeout') == 30\n"
    assert (await run(look, tmp_path, seconds=60)).exit_code == 0


@BOTH_WAYS
async def test_forking_without_end_is_ended(tmp_path: Path, isolate: bool) -> None:
    # It goes on when the kernel refuses, which it does first on a machine that is busy enough.
    bomb = (
        "import os\n"
        "def test_a():\n"
        "    while True:\n"
        "        try: os.fork()\n"
        "        except OSError: pass\n"
    )
    ran = await run(bomb, tmp_path, isolate=isolate)
    assert ran.ended_by == "crash"
    assert "more than 64 processes" in ran.output


@BOTH_WAYS
async def test_processes_that_left_group_session_and_environment_are_ended(
    tmp_path: Path, isolate: bool
) -> None:
    mark = f"mark-{uuid.uuid4()}"
    daemonise = f"""
import os, sys
def test_a():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
            sleep = "import time; time.sleep(600)"
            os.execve(sys.executable, ["python", "-c", sleep, "{mark}"], {{}})
        os._exit(0)
    os.wait()
"""
    ran = await run(daemonise, tmp_path, isolate=isolate)
    assert ran.exit_code == 0
    assert with_mark(mark) == []


@BOTH_WAYS
async def test_killing_every_process_in_sight_is_a_crash_and_harms_nobody(
    tmp_path: Path, isolate: bool
) -> None:
    kill = """
import os, signal
def test_a():
    parent = os.getppid()
    for end in (lambda: os.kill(parent, signal.SIGKILL), lambda: os.killpg(parent, signal.SIGKILL)):
        try: end()
        except OSError: pass
    os.killpg(0, signal.SIGKILL)
"""
    ran = await run(kill, tmp_path, isolate=isolate)
    assert (ran.exit_code, ran.ended_by) == (None, "crash")


async def test_allocating_without_end_is_ended(tmp_path: Path) -> None:
    grow = "def test_a():\n    kept = []\n    while True: kept.append(bytearray(4_000_000))\n"
    ran = await run(grow, tmp_path, memory_bytes=300 << 20)
    # Whichever limit is met first: the keeper's on all processes, or the kernel's on each.
    assert ran.ended_by == "memory" or b"MemoryError" in (ran.junit_xml or b"")


async def test_one_allocation_beyond_the_limit_is_a_memory_error(tmp_path: Path) -> None:
    ran = await run("def test_a(): bytearray(10**10)\n", tmp_path, memory_bytes=300 << 20)
    assert ran.exit_code == 1
    assert b"MemoryError" in (ran.junit_xml or b"")


async def test_memory_is_counted_over_all_processes(tmp_path: Path) -> None:
    share = """
import os, time
def test_a():
    for _ in range(6):
        if os.fork() == 0:
            kept = bytearray(os.urandom(1) * 80_000_000)
            time.sleep(600)
    time.sleep(600)
"""
    ran = await run(share, tmp_path, memory_bytes=300 << 20)
    assert ran.ended_by == "memory"


async def test_a_file_can_not_grow_past_the_limit(tmp_path: Path) -> None:
    write = "def test_a():\n    with open('big', 'wb') as f:\n        f.write(bytes(9_000_000))\n"
    ran = await run(write, tmp_path, file_bytes=1 << 20)
    assert ran.exit_code == 1
    assert "File too large" in ran.output


async def test_many_files_can_not_fill_the_disk(tmp_path: Path) -> None:
    write = """
import time
def test_a():
    for n in range(64):
        with open(f'f{n}', 'wb') as f: f.write(bytes(900_000))
    time.sleep(600)
"""
    ran = await run(write, tmp_path, file_bytes=1 << 20)
    assert ran.ended_by == "crash"
    assert "files" in ran.output.splitlines()[-1]


async def test_a_flood_of_output_is_kept_to_its_end(tmp_path: Path) -> None:
    flood = """
import os
def test_a(capfd):
    with capfd.disabled():
        for _ in range(2000): os.write(1, b'x' * 65536)
        os.write(1, b'the end')
"""
    ran = await run(flood, tmp_path)
    assert ran.exit_code == 0
    assert len(ran.output) < 70_000
    assert "the end" in ran.output


async def test_nothing_of_our_environment_is_inherited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = f"secret-{uuid.uuid4()}"
    for name in ("ANTHROPIC_API_KEY", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, secret)
    look = f"""
import glob, os
def test_a():
    ours = {{name for name in os.environ if not name.startswith('PYTEST_')}}
    assert ours == {{'PATH', 'HOME', 'LANG', 'TMPDIR'}}
    for path in glob.glob('/proc/[0-9]*/environ'):
        try: text = open(path, 'rb').read()
        except OSError: continue
        assert {secret[:12]!r}.encode() + {secret[12:]!r}.encode() not in text
"""
    ran = await Sandbox(OurPython(), tmp_path).run(bundle(look), Limits())
    assert ran.exit_code == 0, ran.output


async def test_leaving_before_any_test_ran_leaves_no_results(tmp_path: Path) -> None:
    ran = await run("import os\nos._exit(0)\n", tmp_path)
    assert (ran.exit_code, ran.junit_xml) == (0, None)


async def test_forged_results_do_not_change_the_exit_code(tmp_path: Path) -> None:
    forge = """
import atexit, os
def test_a():
    atexit.register(lambda: open('../junit.xml', 'w').write('<testsuites><testcase/></testsuites>'))
    assert False
"""
    ran = await run(forge, tmp_path)
    assert (ran.exit_code, ran.junit_xml) == (1, b"<testsuites><testcase/></testsuites>")


@pytest.mark.parametrize(
    "instead",
    ["os.symlink('/etc/passwd', path)", "os.mkfifo(path)", "os.mkdir(path)"],
    ids=["link", "pipe", "folder"],
)
async def test_what_stands_in_the_place_of_the_results_is_not_read(
    tmp_path: Path, instead: str
) -> None:
    test = f"import os\npath = os.path.abspath('../junit.xml')\n{instead}\nos._exit(1)\n"
    ran = await run(test, tmp_path)
    assert ran.junit_xml is None


async def test_a_folder_made_to_resist_is_removed(tmp_path: Path) -> None:
    resist = """
import os
def test_a():
    for _ in range(3000):
        os.mkdir('d'); os.chdir('d')
    os.mkdir('locked'); os.chmod('locked', 0)
"""
    await run(resist, tmp_path)


async def test_a_cancelled_run_leaves_nothing(tmp_path: Path) -> None:
    sandbox = Sandbox(OurPython(), tmp_path)
    hang = bundle("import time\ndef test_a(): time.sleep(600)\n")
    running = asyncio.create_task(sandbox.run(hang, Limits()))
    await asyncio.to_thread(wait_until, lambda: len(at_home_in(tmp_path)) > 0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert is_clean(tmp_path)


WORKER = """
import asyncio, sys
from pathlib import Path
from workers.adapters.sandbox import Sandbox
from workers.bundle import Bundle, Manifest
from workers.ports import Limits

class OurPython:
    async def python_for(self, requirements):
        return Path(sys.executable)

files = {"requirements-dev.txt": b"", "test_it.py": b"import time\\ndef test_a(): time.sleep(600)"}
made = Bundle(files, Manifest(service_name="a", part="service"))
asyncio.run(Sandbox(OurPython(), Path(sys.argv[1])).run(made, Limits()))
"""


async def test_a_worker_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, str(tmp_path), cwd=Path(__file__).parents[2]
    )
    await asyncio.to_thread(wait_until, lambda: len(at_home_in(tmp_path)) > 0)
    os.kill(worker.pid, signal.SIGKILL)
    await worker.wait()
    await asyncio.to_thread(wait_until, lambda: is_clean(tmp_path))


async def test_a_bundle_that_does_not_say_what_it_needs_is_rejected(tmp_path: Path) -> None:
    silent = Bundle({"test_it.py": b""}, Manifest(service_name="a", part="service"))
    with pytest.raises(Reject, match=r"requirements-dev\.txt"):
        await Sandbox(OurPython(), tmp_path).run(silent, Limits())


async def test_an_environment_that_can_not_be_made_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(Reject, match="nonsense"):
        await Sandbox(NoPython(), tmp_path).run(bundle(PASSES), Limits())
    assert is_clean(tmp_path)
