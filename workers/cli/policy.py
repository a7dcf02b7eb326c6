"""`flotilla policy check`: the policy worker's judgement on a folder, without the fleet."""

from pathlib import Path

from rich.table import Table

from schemas.identifiers import Environment
from workers.cli.output import OUT, USAGE, CommandError, emit, plain
from workers.settings import Settings


async def check(path: Path, environment: Environment, settings: Settings, as_json: bool) -> bool:
    """Prints the violations; True when none of them blocks."""
    from workers import wiring  # noqa: PLC0415 loads the policy engine
    from workers.policy.decisions import blocking  # noqa: PLC0415
    from workers.policy.folder import judge  # noqa: PLC0415

    if not any(path.iterdir()):  # noqa: ASYNC240 nothing else runs in this loop
        raise CommandError(f"{path} is empty: there is nothing to judge", USAGE)
    engine, scanner = wiring.policy_engine(settings), wiring.secret_scanner()
    violations = await judge(path, environment, engine, scanner)
    blocked = blocking(violations, environment)
    if as_json:
        shown = [violation.model_dump(mode="json") for violation in violations]
        emit({"valid": not blocked, "violations": shown})
        return not blocked
    if violations:
        table = Table(box=None, pad_edge=False)
        for heading in ("severity", "rule", "remedy"):
            table.add_column(heading, no_wrap=True)
        for heading in ("where", "what"):
            table.add_column(heading, overflow="fold")
        for each in violations:
            where, what = plain(each.path or "-"), plain(each.message)
            table.add_row(each.severity, each.rule, each.remedy, where, what)
        OUT.print(table)
    verdict = f"blocked by {len(blocked)} of {len(violations)}" if blocked else "passes"
    OUT.print(plain(f"{path}: {verdict} (environment {environment})"))
    return not blocked
