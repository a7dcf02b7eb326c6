"""migration.failed -> (nothing: the person is told)"""

from schemas.migration import MigrationFailed
from workers.notifier.migration_notice import notice
from workers.ports import Notifications


async def handle(event: MigrationFailed, notifications: Notifications) -> None:
    await notifications.send(notice(event))
