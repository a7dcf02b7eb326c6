"""One round over a bundle: what is repaired, what is left with a proposal, and what is recorded."""

import pytest

from schemas.policy import Violation
from workers.remediation.repair import FILE_LIMIT, Place, repaired

PLACE = Place("user-service", "staging", 2)
BUCKET = b"""\
resource "aws_s3_bucket" "this" {
  bucket = "avatars"
}

resource "aws_s3_bucket_acl" "this" {
  bucket = aws_s3_bucket.this.id
  acl    = "public-read"
}
"""


def test_repairs_of_one_file_build_on_each_other() -> None:
    rules = ["no-public-s3-buckets", "s3-encryption-at-rest", "required-tags"]
    done = repaired({"b/main.tf": BUCKET}, [_violation(rule=r) for r in rules], PLACE)
    assert not done.unrepaired
    assert [r.rule for r in done.repairs] == rules
    assert {r.revision for r in done.repairs} == {2}
    text = done.files["b/main.tf"].decode()
    for part in ('"private"', "block_public_acls", "AES256", "ManagedBy"):
        assert part in text


def test_a_diff_shows_its_own_repair_only() -> None:
    rules = ["no-public-s3-buckets", "required-tags"]
    done = repaired({"b/main.tf": BUCKET}, [_violation(rule=r) for r in rules], PLACE)
    first, second = (repair.diff for repair in done.repairs)
    assert '-  acl    = "public-read"\n+  acl    = "private"\n' in first
    assert first.startswith("--- a/b/main.tf\n+++ b/b/main.tf\n")
    assert "ManagedBy" not in first
    assert "+    ManagedBy " in second
    assert "+  acl" not in second


def test_a_violation_that_an_earlier_repair_covers_is_recorded_with_its_diff() -> None:
    acl = _violation(resource="aws_s3_bucket_acl.this", message="the ACL is public")
    done = repaired({"b/main.tf": BUCKET}, [_violation(), acl], PLACE)
    assert [r.message for r in done.repairs] == ["m", "the ACL is public"]
    assert '+  acl    = "private"' in done.repairs[1].diff


def test_only_files_of_the_same_folder_are_touched() -> None:
    files = {"b/main.tf": BUCKET, "c/main.tf": BUCKET, "b/notes.md": b"public-read"}
    assert list(repaired(files, [_violation()], PLACE).files) == ["b/main.tf"]


def test_line_ends_stay_as_they_are() -> None:
    files = {"b/main.tf": BUCKET.replace(b"\n", b"\r\n")}
    changed = repaired(files, [_violation()], PLACE).files["b/main.tf"]
    assert changed.count(b"\r\n") == changed.count(b"\n") > BUCKET.count(b"\n")


def test_a_repair_that_changes_nothing_is_left_to_a_person() -> None:
    once = repaired({"b/main.tf": BUCKET}, [_violation()], PLACE)
    again = repaired(once.files, [_violation()], PLACE)
    assert (again.files, again.repairs) == ({}, ())
    assert "changes nothing here" in again.unrepaired[0][1].advice


@pytest.mark.parametrize(
    ("content", "fields", "why"),
    [
        (b"resource {", {}, "a block is not closed on line 1"),
        (b"\xff\xfe", {}, "is not UTF-8"),
        (b"#" * (FILE_LIMIT + 1), {}, "is larger than"),
        (BUCKET, {"path": None}, "does not say in which file"),
        (BUCKET, {"path": "other.tf"}, "does not say in which file"),
        (BUCKET, {"path": "../b/main.tf"}, "does not say in which file"),
        (BUCKET, {"rule": "made-up"}, "no automated repair is known"),
        (BUCKET, {"resource": "aws_s3_bucket.gone"}, "there is no resource"),
        (BUCKET, {"rule": "run-as-non-root"}, "there is no container"),
        (BUCKET + b"\nx = ]\n", {}, "closes nothing"),
        (BUCKET + b"\nx = ! ! ?\n", {}, "would not be valid Terraform"),
    ],
)
def test_what_can_not_be_repaired_is_left_with_the_reason(
    content: bytes, fields: dict[str, str | None], why: str
) -> None:
    done = repaired({"b/main.tf": content}, [_violation(**fields)], PLACE)
    assert (done.files, done.repairs) == ({}, ())
    assert why in done.unrepaired[0][1].advice


def test_a_file_that_terraform_would_not_take_does_not_stop_the_others() -> None:
    files = {"b/main.tf": BUCKET, "c/main.tf": BUCKET + b"\nx = ! ! ?\n"}
    both = [_violation(path="c/main.tf"), _violation()]
    done = repaired(files, both, PLACE)
    assert list(done.files) == ["b/main.tf"]
    assert [v.path for v, _ in done.unrepaired] == ["c/main.tf"]


def test_two_hundred_violations_are_repaired_in_one_round() -> None:
    shape = 'resource "aws_sqs_queue" "q{}" {{\n  name = "q{}"\n}}\n'
    text = "\n".join(shape.format(n, n) for n in range(200))
    every = [_violation(rule="required-tags", resource=f"aws_sqs_queue.q{n}") for n in range(200)]
    done = repaired({"b/main.tf": text.encode()}, every, PLACE)
    assert len(done.repairs) == 200
    assert done.files["b/main.tf"].count(b"ManagedBy") == 200


def test_a_bucket_policy_is_proposed_away_and_not_taken_away() -> None:
    policy = b"""
resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = jsonencode({ Statement = [{ Principal = "*" }] })
}
"""
    files = {"b/main.tf": BUCKET + policy}
    both = [_violation(), _violation(resource="aws_s3_bucket_policy.this")]
    done = repaired(files, both, PLACE)
    assert len(done.repairs) == 1
    proposal = done.unrepaired[0][1]
    assert proposal.kind == "assisted"
    assert proposal.patch is not None
    assert '-  policy = jsonencode({ Statement = [{ Principal = "*" }] })' in proposal.patch
    assert "is for a person to say" in proposal.advice


@pytest.mark.parametrize(("remedy", "kind"), [("assisted", "assisted"), ("advisory", "advisory")])
def test_what_is_not_automated_is_not_done(remedy: str, kind: str) -> None:
    done = repaired({"b/main.tf": BUCKET}, [_violation(remedy=remedy, rule="required-tags")], PLACE)
    assert (done.files, done.repairs) == ({}, ())
    assert done.unrepaired[0][1].kind == kind


DATABASE = b"""\
resource "aws_db_instance" "this" {
  password          = "hunter2hunter2"
  storage_encrypted = false

  identifier = "a"
}
"""


ALIGNED = DATABASE.replace(b'\n  identifier = "a"\n', b"")


def test_a_diff_shows_no_credential_that_stands_near_the_repair() -> None:
    found = _violation(rule="database-encrypted", resource="aws_db_instance.this")
    done = repaired({"b/main.tf": DATABASE}, [found], PLACE)
    assert "+  storage_encrypted = true" in done.repairs[0].diff
    assert "hunter2" not in done.repairs[0].diff
    assert b"hunter2" in done.files["b/main.tf"]


def test_a_diff_that_has_to_touch_a_credential_is_redacted() -> None:
    found = _violation(rule="database-backups", resource="aws_db_instance.this")
    done = repaired({"b/main.tf": ALIGNED}, [found], PLACE)
    assert "+  password = [redacted]" in done.repairs[0].diff
    assert "hunter2" not in done.repairs[0].diff


def test_a_patch_that_would_show_a_credential_is_left_out() -> None:
    found = _violation(rule="database-backups", resource="aws_db_instance.this", remedy="assisted")
    proposal = repaired({"b/main.tf": ALIGNED}, [found], PLACE).unrepaired[0][1]
    assert (proposal.kind, proposal.patch) == ("advisory", None)
    assert "looks like a credential" in proposal.advice


def _violation(**fields: str | None) -> Violation:
    return Violation.model_validate(
        {
            "severity": "high",
            "rule": "no-public-s3-buckets",
            "message": "m",
            "remedy": "automated",
            "path": "b/main.tf",
            "resource": "aws_s3_bucket.this",
            **fields,
        }
    )
