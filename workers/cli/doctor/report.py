"""`flotilla doctor`: looks, judges and says."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aiobotocore.session import get_session
from rich.text import Text

from events.routes import ROUTES
from workers.cli.account import aws_errors
from workers.cli.doctor.asking import Asker
from workers.cli.doctor.collecting import Collector
from workers.cli.doctor.findings import Finding, worst_first
from workers.cli.doctor.judgement import judged
from workers.cli.output import OUT, emit
from workers.connections import Connections
from workers.runtime.horizon import LEDGER_RETENTION
from workers.settings import Settings

_STYLES = {"ok": "green", "warning": "yellow", "fault": "bold red"}
_SHOWN = 3


async def examine(
    settings: Settings,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    session: Any = None,
) -> tuple[Finding, ...]:
    """Every finding about a deployment. Raises CommandError when it can't be reached.

    With a session that has read the services' descriptions already, it is quicker.
    """
    # No poll among the calls: an answer that takes longer is none.
    quick = replace(settings, receive_wait=timedelta(0))
    with aws_errors(settings):
        # One session reads what all services share only once.
        async with Connections(quick, session or get_session()) as connections:
            facts = await Collector(settings, Asker(connections, now)).facts()
    return judged(facts, settings.names, ROUTES, LEDGER_RETENTION)


def tell(findings: Sequence[Finding], as_json: bool) -> bool:
    """Says it all, the worst first; True when there is no fault."""
    levels = Counter(found.level for found in findings)
    if as_json:
        emit({"faults": levels["fault"], "findings": [asdict(f) for f in worst_first(findings)]})
        return not levels["fault"]
    for found in worst_first(findings):
        OUT.print(line(found))
    OUT.print(f"{levels['fault']} faults, {levels['warning']} warnings, {levels['ok']} ok")
    return not levels["fault"]


def line(found: Finding) -> Text:
    """One finding, on one line."""
    text = Text(f"{found.level:8}", style=_STYLES[found.level])
    text.append(f"{found.check}: ", style="bold")
    if found.subjects:
        text.append(f"{_some(found.subjects)}: ")
    text.append(found.what)
    if found.mend:
        text.append(f"; {found.mend}", style="dim")
    return text


def _some(subjects: Sequence[str]) -> str:
    rest = len(subjects) - _SHOWN
    return ", ".join(subjects[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
