"""The mapping of Jenkins' labels to GitHub's runners that a user gives."""

import tomllib
from pathlib import Path

import yaml

from workers.cli.output import USAGE, CommandError

_EXAMPLE = "write lines like `big-linux: ubuntu-24.04`"


def runner_map(path: Path | None) -> dict[str, str]:
    """Labels, or words of them, to runners. Raises CommandError when the file is not such a map."""
    if path is None:
        return {}
    try:
        text = path.read_text("utf-8")
        given = tomllib.loads(text) if path.suffix == ".toml" else yaml.safe_load(text)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}; {_EXAMPLE}", USAGE) from error
    except (yaml.YAMLError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        first = str(error).splitlines()[0]
        raise CommandError(f"{path}: {first}; {_EXAMPLE}", USAGE) from error
    if not isinstance(given, dict):
        raise CommandError(f"{path} holds no mapping; {_EXAMPLE}", USAGE)
    for label, runner in given.items():
        if not isinstance(runner, str) or not runner.strip() or "\n" in runner:
            raise CommandError(f"{path}: no runner for {str(label)!r}; {_EXAMPLE}", USAGE)
    return {str(label): runner.strip() for label, runner in given.items()}
