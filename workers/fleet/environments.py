"""The embedded AWS's own environment: it pins another botocore than ours."""

from collections.abc import Callable
from pathlib import Path

from workers.adapters.environments import Environments

REQUIREMENTS = Path(__file__).resolve().parents[2] / "infra" / "requirements" / "ministack.txt"


async def ministack(home: Path, on_progress: Callable[[str], None]) -> Path:
    """The Python that runs the emulator, made when it is missing. Raises EnvironmentFailed."""
    environments = Environments(home / "environments")
    made = await environments.named("ministack", REQUIREMENTS.read_bytes(), on_progress)
    return made.python
