"""The command line: `flotilla` or `python -m workers`."""
# ruff: noqa: PLC0415 a worker and a command for people load different things

import sys
from collections.abc import Sequence


def main() -> None:
    """Runs one command."""
    if (code := _served(sys.argv[1:])) is not None:
        sys.exit(code)
    from workers.cli.app import commands

    commands()(prog_name="flotilla")


def _served(arguments: Sequence[str]) -> int | None:
    """The exit code of `worker ROUTE`, where it is said which fleet's: what a container runs.

    The commands for people take as long to load as a whole worker. They do all else, and whatever
    has something to explain.
    """
    match arguments:
        case ["worker", route] if not route.startswith("-"):
            pass
        case _:
            return None
    from workers.settings import SettingsError, load

    try:
        settings = load()
    except SettingsError:
        return None
    if settings.endpoint_url is None and settings.environment == "local":
        return None
    from workers.process import run_worker

    try:
        return run_worker(route, settings)
    except KeyboardInterrupt:
        # Before it has begun; from then on it drains.
        print("flotilla: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    main()
