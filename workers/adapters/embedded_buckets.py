"""Buckets in S3, made and set up as a plan says."""

from typing import Any, Protocol

from botocore.exceptions import ClientError

from workers.adapters.aws_errors import code_of, translated
from workers.adapters.terraform_buckets import ACCESS_SETTINGS, BucketPlan


class Buckets(Protocol):
    """Makes buckets. Every call may be repeated."""

    async def make(self, plan: BucketPlan) -> str:
        """The ARN of the bucket, which is now as the plan says, whether or not it was there."""


class S3Buckets:
    """`Buckets` through an open aiobotocore S3 client. Bucket ACLs are left at private."""

    def __init__(self, client: Any, region: str = "us-east-1") -> None:
        self._client = client
        self._region = region

    async def make(self, plan: BucketPlan) -> str:
        with translated(f"make the bucket {plan.name}"):
            await self._create(plan.name)
            # Shut before anything else: no moment in which it is open by an old default.
            await self._block_access(plan)
            await self._encrypt(plan)
            await self._version(plan)
            await self._tag(plan)
        return f"arn:aws:s3:::{plan.name}"

    async def _create(self, name: str) -> None:
        # us-east-1 is the one region that may not be named.
        here = self._region == "us-east-1"
        where = {} if here else {"LocationConstraint": self._region}
        try:
            await self._client.create_bucket(
                Bucket=name, **({"CreateBucketConfiguration": where} if where else {})
            )
        except ClientError as error:
            if code_of(error) != "BucketAlreadyOwnedByYou":
                raise

    async def _block_access(self, plan: BucketPlan) -> None:
        # In the API the settings are called as in Terraform, in another case: BlockPublicAcls.
        settings = {
            "".join(word.capitalize() for word in setting.split("_")): setting in plan.blocked
            for setting in ACCESS_SETTINGS
        }
        await self._client.put_public_access_block(
            Bucket=plan.name, PublicAccessBlockConfiguration=settings
        )

    async def _encrypt(self, plan: BucketPlan) -> None:
        if plan.encryption is None:
            return
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": plan.encryption}}
        await self._client.put_bucket_encryption(
            Bucket=plan.name, ServerSideEncryptionConfiguration={"Rules": [rule]}
        )

    async def _version(self, plan: BucketPlan) -> None:
        if plan.versioned:
            await self._client.put_bucket_versioning(
                Bucket=plan.name, VersioningConfiguration={"Status": "Enabled"}
            )

    async def _tag(self, plan: BucketPlan) -> None:
        if plan.tags:
            tags = [{"Key": key, "Value": value} for key, value in sorted(plan.tags.items())]
            await self._client.put_bucket_tagging(Bucket=plan.name, Tagging={"TagSet": tags})
