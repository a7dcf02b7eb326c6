"""LocalStack's last free version as a server on 127.0.0.1, without Docker: a second SQS for tests.

`make localstack` installs it, into an environment of its own: it pins another botocore and needs
Python 3.13. Only its queues are started; for all the rest there is the compose file.

    python -m localstack.community            until Ctrl-C; --port, --folder
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from localstack.embedded import taken
from localstack.lifeline import tied
from localstack.ports import is_free

HOST = "127.0.0.1"
ENVIRONMENT = Path(__file__).resolve().parent.parent / ".tools" / "localstack"


def python(environment: Path = ENVIRONMENT) -> Path | None:
    """The Python of its environment, where `make localstack` has finished."""
    found = environment / "bin" / "python"
    return found if (environment / ".complete").exists() and found.exists() else None


def command(python: Path) -> list[str]:
    """Starts it, tied to the calling process."""
    return tied(str(python), [str(python), "-m", "localstack.runtime.main"])


def environment(port: int, folder: Path) -> Mapping[str, str]:
    """Its settings. All that it writes goes into the folder, and it goes nowhere itself."""
    return {
        "PATH": os.defpath,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "FILESYSTEM_ROOT": str(folder),
        "GATEWAY_LISTEN": f"{HOST}:{port}",
        # Its own choice, Twisted, listens on every interface whatever it is told.
        "GATEWAY_SERVER": "hypercorn",
        "SERVICES": "sqs",
        "EAGER_SERVICE_LOADING": "1",
        "STRICT_SERVICE_LOADING": "1",
        # Queue URLs at the address that was asked, not at a name on the internet.
        "SQS_ENDPOINT_STRATEGY": "dynamic",
        "SQS_DISABLE_CLOUDWATCH_METRICS": "1",
        "DNS_ADDRESS": "0",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "LS_LOG": "warning",
    }


def main(arguments: list[str]) -> int:
    """Runs it until it ends, or until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m localstack.community")
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--folder", type=Path, default=Path(".flotilla/localstack"))
    asked = parser.parse_args(arguments)
    found = python()
    if found is None:
        print("LocalStack is not installed here: make localstack", file=sys.stderr)
        return 1
    if not is_free(asked.port, HOST):
        print(taken(asked.port), file=sys.stderr)
        return 1
    return _run(found, asked.port, asked.folder.resolve())


def _run(python: Path, port: int, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(  # noqa: S603
        command(python), env=environment(port, folder), cwd=folder
    )
    print(f"LocalStack's queues at http://{HOST}:{port}; Ctrl-C ends it")
    try:
        return process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        # It keeps nothing, and hangs when it is asked to end.
        process.kill()
        process.wait()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
