"""The embedded AWS: MiniStack as a server process on 127.0.0.1, without Docker or account."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from localstack.lifeline import tied
from localstack.ports import free_port, holder, is_free

HOST = "127.0.0.1"

_START_TIMEOUT = 30.0
_STOP_GRACE = 10.0
_ATTEMPTS = 3
_HEALTH = "/_localstack/health"


class EmulatorFailed(Exception):
    """Raised when the emulator does not get ready, or has ended; says why, and the mend."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator; `state` is where it writes what it holds when it ends."""

    port: int
    log: Path
    process: asyncio.subprocess.Process
    state: Path | None = None

    @property
    def endpoint_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def ended(self) -> EmulatorFailed:
        """Waits until it ends by itself, and says so."""
        code = await self.process.wait()
        return EmulatorFailed(
            f"the embedded AWS ended ({_how(code)}): {last_line(self.log)}; see {self.log}"
        )

    async def stop(self) -> None:
        """Ends it; what it was told to persist is written first."""
        # Without state there is nothing to write, and it would wait for polls that nobody awaits.
        if self.state is not None:
            _signal(self.process, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), _STOP_GRACE)
        _signal(self.process, signal.SIGKILL)
        await self.process.wait()


async def start(
    python: Path, folder: Path, *, port: int | None = None, state: Path | None = None
) -> Emulator:
    """Starts MiniStack with the Python of its environment and waits until it answers.

    `folder` takes the log; all paths are absolute. Without a port it takes a free one; without
    `state` it forgets everything when it ends. It ends with the process that called. Raises
    EmulatorFailed.
    """
    if port is not None and not is_free(port, HOST):
        raise EmulatorFailed(taken(port))
    for _ in range(_ATTEMPTS):
        emulator = await _launch(python, folder, port or free_port(HOST), state)
        try:
            await asyncio.wait_for(_healthy(emulator), _START_TIMEOUT)
        except TimeoutError:
            await emulator.stop()
            raise EmulatorFailed(
                f"the embedded AWS did not answer within {_START_TIMEOUT:g} s; see {emulator.log}"
            ) from None
        except asyncio.CancelledError:
            await emulator.stop()
            raise
        if emulator.process.returncode is None:
            return emulator
        if is_free(emulator.port, HOST) or port is not None:
            break
        # Somebody took the port between our look and the server's start: take another.
    raise await emulator.ended()


@asynccontextmanager
async def running(
    python: Path, folder: Path, *, port: int | None = None, state: Path | None = None
) -> AsyncIterator[Emulator]:
    """An emulator for the length of a block."""
    emulator = await start(python, folder, port=port, state=state)
    try:
        yield emulator
    finally:
        await emulator.stop()


def taken(port: int) -> str:
    """What to tell a person who asked for a port that is taken."""
    who = holder(port) or "another process"
    return f"port {port} is taken by {who}: end it, or choose another with --port"


def last_line(log: Path) -> str:
    """The last line of a log that says anything."""
    with contextlib.suppress(OSError):
        lines = log.read_text(errors="replace").splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
    return "it left no log"


async def _launch(python: Path, folder: Path, port: int, state: Path | None) -> Emulator:
    log = _fresh_log(folder)
    # When we are killed it still gets to write what it persists.
    last = signal.SIGTERM if state else signal.SIGKILL
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *tied(str(python), [str(python), "-m", "ministack"], last),
            env=_environment(port, folder, state),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            start_new_session=True,
        )
    return Emulator(port, log, process, state)


def _fresh_log(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "ministack.log"


def _environment(port: int, folder: Path, state: Path | None) -> dict[str, str]:
    """Nothing of ours is inherited: the emulator needs no credentials and no proxy."""
    made = {
        "PATH": os.defpath,
        "TMPDIR": str(folder),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        # It would listen on ports of its own for these.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
    }
    if state:
        made |= {
            "PERSIST_STATE": "1",
            "STATE_DIR": str(state),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(state / "s3"),
        }
    return made


async def _healthy(emulator: Emulator) -> None:
    """Returns when it answers, or when it has ended."""
    while emulator.process.returncode is None:
        if await _answers(emulator.port):
            return
        await asyncio.sleep(0.05)


async def _answers(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    try:
        writer.write(f"GET {_HEALTH} HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
        return b" 200 " in await reader.readline()
    except OSError:
        return False
    finally:
        writer.close()


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    # It leads a group of its own, which also holds whatever it started.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
