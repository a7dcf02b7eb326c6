"""migration.completed -> (nothing: the person is told)"""

from schemas.migration import MigrationCompleted
from workers.notifier.migration_notice import notice
from workers.ports import Notifications


async def handle(event: MigrationCompleted, notifications: Notifications) -> None:
    await notifications.send(notice(event))
