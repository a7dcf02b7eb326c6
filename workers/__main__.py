"""The command line: `flotilla` or `python -m workers`."""

from workers.cli.app import commands


def main() -> None:
    """Runs one command."""
    commands()(prog_name="flotilla")


if __name__ == "__main__":
    main()
