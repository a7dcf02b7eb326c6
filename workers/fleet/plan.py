"""What a fleet is made of, and where it lives."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from events.routes import ROUTES, Route
from workers.fleet.program import Program
from workers.fleet.supervisor import Folders


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A fleet on this machine. `home` holds its logs, environments and status.

    `worker` is "module:function", called in each worker's process as `function(prepared, route
    name, endpoint url, marker folder)`; `prepare` makes `prepared`. Without a port the emulator
    takes a free one; with `persist` it keeps its state from one run to the next.
    """

    home: Path
    worker: str
    prepare: str = "workers.fleet.warm:session"
    region: str = "us-east-1"
    environment: str = "local"
    port: int | None = None
    persist: bool = False
    routes: Sequence[Route] = ROUTES

    @property
    def folders(self) -> Folders:
        # Absolute, since the emulator runs elsewhere.
        home = self.home.absolute()
        return Folders(logs=home / "logs", ready=home / "ready")

    @property
    def state(self) -> Path | None:
        """Where the emulator keeps its state, when it should."""
        return self.home.absolute() / "state" if self.persist else None

    def programs(self, endpoint_url: str) -> tuple[Program, ...]:
        """The forwarder, and a worker for each route."""
        ready = str(self.folders.ready)
        forwarder = Program(
            "forwarder",
            "localstack.forwarder:run",
            (endpoint_url, self.region, self.environment, ready),
        )
        workers = (
            Program(route.name, self.worker, (route.name, endpoint_url, ready))
            for route in self.routes
        )
        return (forwarder, *workers)
