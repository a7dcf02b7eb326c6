"""Buckets on a real emulator."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from workers.adapters.embedded_buckets import S3Buckets
from workers.adapters.terraform_buckets import ACCESS_SETTINGS, BucketPlan

pytestmark = pytest.mark.embedded

Clients = Callable[[str], AbstractAsyncContextManager[Any]]

SHUT = BucketPlan(
    name="flotilla-test-avatars",
    encryption="AES256",
    versioned=True,
    blocked=frozenset(ACCESS_SETTINGS),
    tags={"Owner": "platform"},
)


async def test_a_bucket_is_as_planned_however_often_it_is_made(clients: Clients) -> None:
    async with clients("s3") as s3:
        buckets = S3Buckets(s3)
        assert await buckets.make(SHUT) == await buckets.make(SHUT)

        access = await s3.get_public_access_block(Bucket=SHUT.name)
        assert all(access["PublicAccessBlockConfiguration"].values())
        encryption = await s3.get_bucket_encryption(Bucket=SHUT.name)
        [rule] = encryption["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        assert (await s3.get_bucket_versioning(Bucket=SHUT.name))["Status"] == "Enabled"
        assert (await s3.get_bucket_tagging(Bucket=SHUT.name))["TagSet"] == [
            {"Key": "Owner", "Value": "platform"}
        ]


async def test_what_is_not_planned_is_not_set(clients: Clients) -> None:
    bare = BucketPlan(name="flotilla-test-bare")
    async with clients("s3") as s3:
        assert await S3Buckets(s3).make(bare) == "arn:aws:s3:::flotilla-test-bare"
        access = await s3.get_public_access_block(Bucket=bare.name)
        assert not any(access["PublicAccessBlockConfiguration"].values())
        assert "Status" not in await s3.get_bucket_versioning(Bucket=bare.name)
