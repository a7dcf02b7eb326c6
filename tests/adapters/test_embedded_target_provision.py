"""What a release needs, made before it starts."""

import sqlite3
import sys
from pathlib import Path

import pytest

from workers.adapters.embedded_target import EmbeddedTarget
from workers.adapters.release_folder import ReleaseFolder
from workers.adapters.terraform_buckets import BucketPlan
from workers.bundle import Bundle, Manifest
from workers.ports import Release, ReleaseFailed

pytestmark = pytest.mark.process

RELEASE = Release("dep-1", "user-service", "staging", "v1")
BUCKET = 'resource "aws_s3_bucket" "a" {\n  bucket = "avatars-staging"\n}\n'

# In the place of Alembic: it runs the bundle's own migration, as that would.
ALEMBIC = """
import sys
def main():
    assert sys.argv[1:] == ["upgrade", "head"], sys.argv
    import migration
"""
MIGRATION = """
import os, sqlite3
with sqlite3.connect(os.environ["SQLITE_PATH"]) as database:
    database.execute("CREATE TABLE IF NOT EXISTS users (id TEXT)")
    database.execute("INSERT INTO users VALUES ('x')")
"""


class PythonWithAlembic:
    """Our interpreter, with the stand-in beside what it has."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def python_for(self, requirements: bytes) -> Path:
        library = self._folder / "library"
        (library / "alembic").mkdir(parents=True, exist_ok=True)
        (library / "alembic" / "__init__.py").touch()
        (library / "alembic" / "config.py").write_text(ALEMBIC)
        python = self._folder / "python"
        python.write_text(f'#!/bin/sh\nPYTHONPATH={library} exec {sys.executable} "$@"\n')
        python.chmod(0o755)
        return python


class FakeBuckets:
    def __init__(self) -> None:
        self.made: list[BucketPlan] = []

    async def make(self, plan: BucketPlan) -> str:
        self.made.append(plan)
        return f"arn:aws:s3:::{plan.name}"


@pytest.fixture
def buckets() -> FakeBuckets:
    return FakeBuckets()


@pytest.fixture
def target(tmp_path: Path, buckets: FakeBuckets) -> EmbeddedTarget:
    return EmbeddedTarget(tmp_path / "target", PythonWithAlembic(tmp_path), buckets)


@pytest.fixture
def place(tmp_path: Path) -> ReleaseFolder:
    return ReleaseFolder.of(tmp_path / "target", RELEASE)


def bundle(**files: str) -> Bundle:
    texts = {"requirements.txt": "", **files}
    return Bundle(
        {path: text.encode() for path, text in texts.items()},
        Manifest(service_name="user-service", part="service"),
    )


def with_migration(migration: str) -> Bundle:
    return bundle(**{"alembic.ini": "", "migration.py": migration})


async def test_the_buckets_of_its_terraform_are_made(
    target: EmbeddedTarget, buckets: FakeBuckets
) -> None:
    made = await target.provision(RELEASE, bundle(**{"infra/terraform/main.tf": BUCKET}))
    assert [(r.type, r.name, r.id) for r in made] == [
        ("aws_s3_bucket", "avatars-staging", "arn:aws:s3:::avatars-staging")
    ]
    assert [plan.name for plan in buckets.made] == ["avatars-staging"]


async def test_its_database_is_migrated_however_often(
    target: EmbeddedTarget, place: ReleaseFolder
) -> None:
    for _ in range(2):
        [database] = await target.provision(RELEASE, with_migration(MIGRATION))
        assert (database.type, database.id) == ("sqlite_database", str(place.database))
    with sqlite3.connect(place.database) as found:
        assert found.execute("SELECT count(*) FROM users").fetchone() == (2,)


async def test_a_migration_that_fails_fails_the_release_with_its_words(
    target: EmbeddedTarget,
) -> None:
    with pytest.raises(ReleaseFailed, match="no such column: email"):
        await target.provision(RELEASE, with_migration("raise SystemExit('no such column: email')"))


async def test_a_migration_can_not_leave_a_process_or_a_file_behind(
    target: EmbeddedTarget, place: ReleaseFolder
) -> None:
    stray = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\n"
    await target.provision(RELEASE, with_migration(stray))
    assert list((place.root / "run").iterdir()) == []


async def test_terraform_that_can_not_be_applied_fails_the_release(
    target: EmbeddedTarget, buckets: FakeBuckets
) -> None:
    unclear = BUCKET.replace('"avatars-staging"', "var.unknown")
    with pytest.raises(ReleaseFailed, match=r"var\.unknown"):
        await target.provision(RELEASE, bundle(**{"infra/terraform/main.tf": unclear}))
    assert buckets.made == []


async def test_a_bundle_that_needs_nothing_gets_nothing(target: EmbeddedTarget) -> None:
    assert await target.provision(RELEASE, bundle()) == ()
