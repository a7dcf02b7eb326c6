"""python -m benchmarks.flame: where the processor time of a message goes, before and after."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import affinity, flame_graph, folded, machine, processes, servers
from benchmarks.catalogue import Peer, chosen
from benchmarks.command_line import RESULTS, Parser, ended, positive, tell, written
from benchmarks.run import Rig, RunFailed, Scenario, bodies, command
from benchmarks.servers import Server

_PROG = "python -m benchmarks.flame"
_SCENARIO = Scenario(publishes=True, groups=0)
_RATE = 400
_START_SECONDS = 60.0
# What the consumer's event loop does; its lease thread and its start are no part of a message.
_WITHIN = "_run_once"
_MESSAGES_A_SECOND = 4000
_NAMES = {"botocore": "before: aiobotocore's transport", "lean": "after: the lean transport"}


@dataclass(frozen=True, slots=True)
class Profile:
    """One way of transport: processor ms a message, and the stacks that were seen."""

    transport: str
    cpu_ms: float
    stacks: Mapping[folded.Stack, int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    given = _parser().parse_args(arguments)
    return ended(_PROG, lambda: _flame(given))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=_PROG,
        description="Looks at a consumer that publishes, 400 times a second, once on aiobotocore's"
        " transport and once on the lean one. Writes two flame graphs and a table.",
        epilog=f"example: {_PROG} --seconds 10",
    )
    parser.add_argument("--seconds", type=positive, default=10, help="each is watched for (10)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the pages go")
    parser.add_argument("--json", action="store_true", help="the shares, to standard output")
    return parser


def _flame(given: argparse.Namespace) -> None:
    load = machine.load()
    [peer] = chosen("flotilla")
    found = []
    with tempfile.TemporaryDirectory(prefix="flotilla-benchmark-") as folder:
        messages = given.seconds * _MESSAGES_A_SECOND
        rig = Rig(servers.standin, affinity.cores(), Path(folder), messages)
        for transport in _NAMES:
            tell(f"watching the consumer on the {transport} transport for {given.seconds} s")
            found.append(_profile(rig, peer, transport, given.seconds))
    for each in found:
        image = given.results / f"flame-{each.transport}.svg"
        title = f"A message, {_NAMES[each.transport]}: {each.cpu_ms:.2f} ms"
        written(image, flame_graph.svg(folded.tree(each.stacks), title))
    written(given.results / "flame.md", page(found, machine.machine(), load, machine.now()))
    tell(f"written: {given.results / 'flame.md'}")
    if given.json:
        print(json.dumps({each.transport: dict(folded.shares(each.stacks)) for each in found}))


def _profile(rig: Rig, peer: Peer, transport: str, seconds: int) -> Profile:
    """Raises RunFailed, ServerFailed."""
    python = Path(sys.executable)
    messages = bodies(rig, peer, python, _SCENARIO)
    rig.report.unlink(missing_ok=True)
    stacks, log = rig.folder / f"{transport}.stacks", rig.folder / f"{transport}.log"
    with rig.server(rig.cores.server) as server:
        server.prepare(_SCENARIO.queue)
        server.preload(_SCENARIO.queue, messages)
        line = command(rig, peer, python, _SCENARIO, server.endpoint_url)
        with (
            _environment("FLOTILLA_TRANSPORT", transport),
            processes.worker(line, rig.cores.worker, log) as worker,
        ):
            _until_warm(rig, server, worker, log)
            left, used = server.left(_SCENARIO.queue), processes.cpu_seconds(worker.pid)
            _watch(worker.pid, seconds, stacks)
            done = left - server.left(_SCENARIO.queue)
            spent = processes.cpu_seconds(worker.pid) - used
    if not done:
        raise RunFailed(f"no message was handled: {processes.last_line(log.read_text())}")
    seen = folded.only(folded.stacks(stacks.read_text()), _WITHIN)
    return Profile(transport, spent * 1000 / done, seen)


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """What is started in this block has the variable."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


def _until_warm(rig: Rig, server: Server, worker: processes.Process, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while server.left(_SCENARIO.queue) > rig.messages - 200:
        if worker.poll() is not None or time.monotonic() > deadline:
            raise RunFailed(f"the worker did not begin: {processes.last_line(log.read_text())}")
        time.sleep(0.05)


def _watch(pid: int, seconds: int, target: Path) -> None:
    """Samples a process without stopping it. Raises RunFailed."""
    profiler = Path(sys.executable).with_name("py-spy")
    if not profiler.exists():
        raise RunFailed("py-spy is not installed: `make test` installs it, or `pip install py-spy`")
    line = [str(profiler), "record", "--pid", str(pid), "--duration", str(seconds)]
    line += ["--rate", str(_RATE), "--nonblocking", "--format", "raw", "--output", str(target)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode or not target.exists():
        raise RunFailed(f"py-spy could not watch: {processes.last_line(done.stderr)}")


def page(found: Sequence[Profile], where: str, load: str, date: str) -> str:
    """The table of shares, and the pictures."""
    head = [
        "# Where the processor time of a message goes",
        "",
        f"{date}. {where}; load before the run {load}.",
        "Ledger on, one event published, standard queue, the stand-in as the server.",
        f"Made by `{_PROG}`, which samples {_RATE} times a second.",
        "",
    ]
    tail = [
        "",
        "*Before* is the consumer of today on aiobotocore's transport, *after* the same on ours.",
        "A sample counts for the layer of its innermost call that is any layer's; what waits for",
        "the other side is left out.",
        "",
        *(f"![{_NAMES[each.transport]}](flame-{each.transport}.svg)" for each in found),
        "",
    ]
    return "\n".join([*head, *_table(found), *tail])


def _table(found: Sequence[Profile]) -> Iterator[str]:
    shares = [folded.shares(each.stacks) for each in found]
    heads = [_NAMES[each.transport].partition(":")[0] for each in found]
    yield "|  | " + " | ".join(f"{head}, µs | share" for head in heads) + " |"
    yield "| --- |" + " --- |" * (2 * len(found))
    for name in sorted({n for each in shares for n in each}, key=lambda n: -shares[0].get(n, 0)):
        parts = [share.get(name, 0.0) for share in shares]
        cells = [
            f"{1000 * each.cpu_ms * part:,.0f} | {part:.1%}"
            for each, part in zip(found, parts, strict=True)
        ]
        yield f"| {name} | {' | '.join(cells)} |"
    total = " | ".join(f"**{1000 * each.cpu_ms:,.0f}** | 100 %" for each in found)
    yield f"| **a message** | {total} |"


if __name__ == "__main__":
    sys.exit(main())
