"""Automated repairs of Terraform: buckets, databases, tags. Pure."""

import re
from collections.abc import Mapping

from workers.remediation.errors import Unrepairable
from workers.remediation.hcl import Block, block_from
from workers.remediation.hcl_edit import map_of, merge_entries, removed, set_argument
from workers.remediation.playbooks.buckets import BUCKET, POLICY, buckets
from workers.remediation.playbooks.case import Case, Files
from workers.remediation.playbooks.terraform_module import changed_at, targets

_ACL = "aws_s3_bucket_acl"
_ACCESS = "aws_s3_bucket_public_access_block"
_ENCRYPTION = "aws_s3_bucket_server_side_encryption_configuration"

# Who answers for what nobody has claimed yet.
OWNER = "platform"
_REDSHIFT = "aws_redshift_cluster"
_DATABASES = ("aws_db_instance", "aws_rds_cluster", "aws_rds_cluster_instance", _REDSHIFT)
_BACKUP_DAYS = 7
_NOTHING = ("", "null")

# Canned ACLs that grant nothing to the public (S3 user guide, "Canned ACL").
_CLOSED_ACLS = frozenset(
    f'"{acl}"'
    for acl in (
        "private",
        "bucket-owner-read",
        "bucket-owner-full-control",
        "log-delivery-write",
    )
)
_FLAGS = (
    "block_public_acls",
    "block_public_policy",
    "ignore_public_acls",
    "restrict_public_buckets",
)
_ACCESS_BODY = "\n".join(f"  {flag:<23} = true" for flag in _FLAGS)
_ENCRYPTION_BODY = """\
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }"""
_INLINE = "server_side_encryption_configuration"
_EVERYBODY = re.compile(r"groups/global/(?:AllUsers|AuthenticatedUsers)\b")
_ALGORITHMS = frozenset({'"AES256"', '"aws:kms"', '"aws:kms:dsse"'})


def close_bucket(case: Case) -> Files:
    """The bucket's ACLs are private and all four flags of its public access block are set.

    Raises Unrepairable for a bucket's policy: what it should say instead is not known here.
    """
    found = targets(case, (BUCKET,))
    if any(resource.kind == POLICY for resource in found):
        raise Unrepairable("whom the bucket's policy should admit is for a person to say")
    files = changed_at(case.files, found, _close)
    for bucket in buckets(case, found):
        for kind in (BUCKET, _ACL, _ACCESS):
            files = bucket.change(files, kind, _close)
        files = bucket.with_companion(files, _ACCESS, _ACCESS_BODY)
    return files


def encrypt_bucket(case: Case) -> Files:
    """The bucket encrypts at rest: with S3's own key, if nothing better is configured."""
    files = case.files
    for bucket in buckets(case, targets(case, (BUCKET,))):
        files = bucket.change(files, BUCKET, _set_algorithm)
        files = bucket.change(files, _ENCRYPTION, _set_algorithm)
        if not any(block.type == _INLINE for block in bucket.resource.block.blocks):
            files = bucket.with_companion(files, _ENCRYPTION, _ENCRYPTION_BODY)
    return files


def encrypt_database(case: Case) -> Files:
    """The database encrypts its storage."""

    def encrypted(text: str, block: Block) -> str:
        name = "encrypted" if block.labels[0] == _REDSHIFT else "storage_encrypted"
        return set_argument(text, block, name, "true")

    return changed_at(case.files, targets(case, _DATABASES), encrypted)


def hide_database(case: Case) -> Files:
    """The database has no public address."""
    return changed_at(
        case.files,
        targets(case, _DATABASES),
        lambda text, block: set_argument(text, block, "publicly_accessible", "false"),
    )


def keep_backups(case: Case) -> Files:
    """The database keeps its backups for a week, or for as long as it says if that is longer."""

    def kept(text: str, block: Block) -> str:
        found = block.argument("backup_retention_period")
        days = text[found.value_start : found.value_end] if found else ""
        if days.isdecimal() and int(days) >= _BACKUP_DAYS:
            return text
        return set_argument(text, block, "backup_retention_period", str(_BACKUP_DAYS))

    return changed_at(case.files, targets(case, _DATABASES), kept)


def tag(case: Case) -> Files:
    """The resource carries the tags that tell whose it is, those that it has unchanged."""
    tags = {
        "Service": f'"{case.service}"',
        "Environment": f'"{case.environment}"',
        "Owner": f'"{OWNER}"',
        "ManagedBy": '"terraform"',
    }
    return changed_at(
        case.files, targets(case, ()), lambda text, block: _with_tags(text, block, tags)
    )


def _close(text: str, block: Block) -> str:
    """The text with one resource closed: a bucket, an ACL or a public access block."""
    if block.labels[0] == _ACCESS:
        return _set_flags(text, block)
    if block.labels[0] not in (BUCKET, _ACL):
        return text
    for inner in reversed(list(block.walk())):
        if inner.type == "grant" and _EVERYBODY.search(text, inner.opened, inner.closed):
            text = removed(text, inner)
    found = block.argument("acl")
    if found is None or text[found.value_start : found.value_end] in _CLOSED_ACLS:
        return text
    return set_argument(text, block_from(text, block.start), "acl", '"private"')


def _set_flags(text: str, block: Block) -> str:
    for flag in _FLAGS:
        text = set_argument(text, block_from(text, block.start), flag, "true")
    return text


def _set_algorithm(text: str, block: Block) -> str:
    for inner in reversed(list(block.walk())):
        if inner.type == "apply_server_side_encryption_by_default":
            found = inner.argument("sse_algorithm")
            if not found or text[found.value_start : found.value_end] not in _ALGORITHMS:
                text = set_argument(text, inner, "sse_algorithm", '"AES256"')
    return text


def _with_tags(text: str, block: Block, tags: Mapping[str, str]) -> str:
    found = block.argument("tags")
    literal = map_of(text, found) if found else None
    has = {
        entry.name
        for entry in (literal.arguments if literal else ())
        if text[entry.value_start : entry.value_end].strip(' "') not in _NOTHING
    }
    missing = {name: value for name, value in tags.items() if name not in has}
    return merge_entries(text, block, "tags", missing) if missing else text
