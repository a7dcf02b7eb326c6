"""A migration that has ended is told to the person who asked for it."""

from schemas.migration import (
    ManualTask,
    MigratedFile,
    MigrationCompleted,
    MigrationFailed,
    RefusedFile,
    Statements,
)
from workers.notifier import on_migration_completed, on_migration_failed
from workers.notifier.migration_notice import notice
from workers.testing import FakeNotifications

COUNTS = Statements(kept=9, changed=5, dropped=1, manual=2)
KEY = f"artifacts/{'3f' * 32}.tar.gz"
REFUSED = RefusedFile(path="old/Jenkinsfile", reason="a string without an end", line=12, column=8)
COMPLETED = MigrationCompleted(
    workflow_id="mig-1",
    requested_by="ada@example.com",
    verdict="partial",
    statements=COUNTS,
    files=(MigratedFile(source="a", workflow="b", verdict="partial", statements=COUNTS),),
    refused=(REFUSED,),
    tasks=(ManualTask(source="a", kind="secret", name="TOKEN", text="create it"),),
    more_tasks=2,
    artifact=KEY,
    report=".github/migration-report.md",
    report_json=".github/migration-report.json",
)
FAILED = MigrationFailed(
    workflow_id="mig-1",
    requested_by="ada@example.com",
    reason=REFUSED.reason,
    path=REFUSED.path,
    line=REFUSED.line,
    column=REFUSED.column,
    refused=(REFUSED,),
)


async def test_a_migration_that_is_done_is_told_with_its_sums_and_where_its_report_is() -> None:
    notifications = FakeNotifications()

    await on_migration_completed.handle(COMPLETED, notifications)

    [sent] = notifications.sent
    assert (sent.workflow_id, sent.recipient, sent.outcome) == (
        "mig-1",
        "ada@example.com",
        "completed",
    )
    assert sent.subject == f"migration partial: 1 workflow in {KEY}"
    assert sent.text.splitlines() == [
        "Statements: 9 kept, 5 changed, 1 dropped, 2 left to a person",
        "To do before the first run: 3",
        "Not converted: old/Jenkinsfile:12:8: a string without an end",
        f"Workflows and report (.github/migration-report.md): {KEY}",
    ]


async def test_a_migration_that_failed_is_told_with_the_place() -> None:
    notifications = FakeNotifications()

    await on_migration_failed.handle(FAILED, notifications)

    [sent] = notifications.sent
    assert sent.outcome == "failed"
    assert sent.subject == "migration failed: old/Jenkinsfile:12:8: a string without an end"


def test_a_failure_without_a_place_says_its_reason() -> None:
    made = notice(MigrationFailed(workflow_id="mig-1", reason="no pipeline in it"))

    assert (made.subject, made.text) == (("migration failed: no pipeline in it",) * 2)


def test_a_thousand_refusals_are_a_short_message() -> None:
    made = notice(FAILED.model_copy(update={"refused": (REFUSED,) * 1000}))

    assert len(made.text.splitlines()) == 11
    assert made.text.endswith("… and 990 more")
