"""A virtual environment for each peer, made once under .tools/benchmarks/."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.catalogue import Peer

FOLDER = Path(__file__).resolve().parent.parent / ".tools" / "benchmarks"


class EnvironmentFailed(Exception):
    """Raised when a peer's packages can't be installed; says why."""


def python(peer: Peer, tell: Callable[[str], None], folder: Path = FOLDER) -> Path:
    """The Python that runs a peer, its environment made if it has none yet.

    An environment is made anew when its requirements have changed. Raises EnvironmentFailed.
    """
    if peer.requirements is None:
        return Path(sys.executable)
    place = folder / str(peer.environment)
    made = place / "bin" / "python"
    digest = hashlib.sha256(peer.requirements.read_bytes()).hexdigest()
    # Written last: an environment that was interrupted is made again.
    marker = place / ".requirements"
    if marker.exists() and marker.read_text() == digest:
        return made
    tell(f"installing {peer.environment} into {place} (once)")
    shutil.rmtree(place, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(place)])
    pip = [str(made), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "--no-deps", "-r", str(peer.requirements)])
    marker.write_text(digest)
    return made


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise EnvironmentFailed(f"{' '.join(command[:4])} …: {said}")
