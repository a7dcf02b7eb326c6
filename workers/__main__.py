"""The command line: `flotilla` or `python -m workers`."""

from workers.cli.app import app


def main() -> None:
    """Runs one command."""
    app(prog_name="flotilla")


if __name__ == "__main__":
    main()
