"""`flotilla setup`: the environments that the fleet runs things in, made before it needs them."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from workers.adapters.environments import Environments
from workers.adapters.pip import EnvironmentFailed
from workers.cli.output import CommandError
from workers.fleet.environments import ministack
from workers.settings import Settings

REQUIREMENTS = Path(__file__).parents[1] / "codegen/templates/shared/requirements-dev.txt"


async def prepare(settings: Settings, on_progress: Callable[[str], None]) -> None:
    """Makes the embedded AWS's environment and that of generated services. Raises CommandError."""
    try:
        await ministack(settings.home, on_progress)
        services = Environments(settings.home / "environments")
        pinned = REQUIREMENTS.read_bytes()
        # The name under which whoever runs a generated service asks for its environment.
        await services.named(hashlib.sha256(pinned).hexdigest(), pinned, on_progress)
    except EnvironmentFailed as error:
        raise CommandError(str(error)) from error
