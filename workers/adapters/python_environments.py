"""What the tester and the target need of whatever makes Python environments."""

from pathlib import Path
from typing import Protocol


class PythonEnvironments(Protocol):
    """Makes, or finds, the Python environment that a requirements file describes."""

    async def python_for(self, requirements: bytes) -> Path:
        """The interpreter in it. Raises Reject when it can't be made, Retry when time may help."""
