"""What each Terraform repair makes of a module, line by line."""

import pytest

from schemas.policy import Violation
from workers.remediation.errors import Unrepairable
from workers.remediation.playbooks import ASSISTED, AUTOMATED
from workers.remediation.playbooks.case import Case

MAIN = """\
# The bucket for avatars, as it was asked for.
resource "aws_s3_bucket" "avatars" {
  bucket = "user-service-avatars-staging" # global
}

resource "aws_s3_bucket_public_access_block" "avatars" {
  bucket = aws_s3_bucket.avatars.id

  block_public_acls   = false
  block_public_policy = true
}
"""
ACL = """\
resource "aws_s3_bucket_acl" "avatars" {
  bucket = aws_s3_bucket.avatars.id
  acl    = "public-read"
}
"""


def test_a_public_bucket_is_closed_in_every_file_of_its_folder() -> None:
    after = _repair("no-public-s3-buckets", {"m/main.tf": MAIN, "m/acl.tf": ACL})
    assert after["m/acl.tf"] == ACL.replace('"public-read"', '"private"')
    assert after["m/main.tf"] == MAIN.replace(
        "  block_public_acls   = false\n  block_public_policy = true\n",
        "  block_public_acls       = true\n"
        "  block_public_policy     = true\n"
        "  ignore_public_acls      = true\n"
        "  restrict_public_buckets = true\n",
    )


def test_a_bucket_without_a_public_access_block_gets_one_right_after_it() -> None:
    text = 'resource "aws_s3_bucket" "avatars" {\n  acl = "public-read-write"\n}\n\n# last\n'
    after = _repair("no-public-s3-buckets", {"m/main.tf": text})
    assert (
        after["m/main.tf"]
        == """\
resource "aws_s3_bucket" "avatars" {
  acl = "private"
}

resource "aws_s3_bucket_public_access_block" "avatars" {
  bucket = aws_s3_bucket.avatars.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# last
"""
    )


def test_the_bucket_next_door_stays_as_it_is() -> None:
    other = MAIN.replace("avatars", "exports")
    after = _repair("no-public-s3-buckets", {"m/main.tf": MAIN, "m/z.tf": other})
    assert after["m/z.tf"] == other


@pytest.mark.parametrize("acl", ["private", "log-delivery-write", "bucket-owner-full-control"])
def test_an_acl_that_grants_nothing_to_the_public_stays(acl: str) -> None:
    text = ACL.replace("public-read", acl)
    after = _repair("no-public-s3-buckets", {"m/main.tf": MAIN, "m/acl.tf": text})
    assert after["m/acl.tf"] == text


@pytest.mark.parametrize(
    ("repetition", "companion"),
    [
        ("count = 2", "  count  = 2\n  bucket = aws_s3_bucket.avatars[count.index].id\n"),
        (
            "for_each = toset(var.names)",
            "  for_each = toset(var.names)\n  bucket   = aws_s3_bucket.avatars[each.key].id\n",
        ),
        (
            "provider = aws.west",
            "  provider = aws.west\n  bucket   = aws_s3_bucket.avatars.id\n",
        ),
    ],
)
def test_a_new_resource_exists_as_often_as_its_bucket(repetition: str, companion: str) -> None:
    text = f'resource "aws_s3_bucket" "avatars" {{\n  {repetition}\n}}\n'
    after = _repair("s3-encryption-at-rest", {"m/main.tf": text})
    assert after["m/main.tf"] == (
        f"{text}\n"
        'resource "aws_s3_bucket_server_side_encryption_configuration" "avatars" {\n'
        f"{companion}\n"
        "  rule {\n"
        "    apply_server_side_encryption_by_default {\n"
        '      sse_algorithm = "AES256"\n'
        "    }\n"
        "  }\n"
        "}\n"
    )


def test_an_encryption_that_is_configured_stays() -> None:
    text = (
        MAIN
        + """
resource "aws_s3_bucket_server_side_encryption_configuration" "a" {
  bucket = aws_s3_bucket.avatars.bucket
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}
"""
    )
    assert _repair("s3-encryption-at-rest", {"m/main.tf": text})["m/main.tf"] == text
    odd = text.replace("aws:kms", "none")
    assert '"AES256"' in _repair("s3-encryption-at-rest", {"m/main.tf": odd})["m/main.tf"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "",
            '\n  tags = {\n    Service     = "user-service"\n    Environment = "staging"\n'
            '    Owner       = "platform"\n    ManagedBy   = "terraform"\n  }\n',
        ),
        (
            '\n  tags = {\n    Owner = "growth"\n    Service = ""\n  }\n',
            '\n  tags = {\n    Owner       = "growth"\n    Service     = "user-service"\n'
            '    Environment = "staging"\n    ManagedBy   = "terraform"\n  }\n',
        ),
        (
            "\n  tags = var.tags\n",
            '\n  tags = merge(var.tags, {\n    Service     = "user-service"\n'
            '    Environment = "staging"\n    Owner       = "platform"\n'
            '    ManagedBy   = "terraform"\n  })\n',
        ),
    ],
)
def test_missing_tags_are_added_to_those_that_are_there(before: str, after: str) -> None:
    shape = 'resource "aws_s3_bucket" "avatars" {{\n  bucket = "b"\n{}}}\n'
    made = _repair("required-tags", {"m/main.tf": shape.format(before)})
    assert made["m/main.tf"] == shape.format(after)


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("database-encrypted", "storage_encrypted = false", "storage_encrypted = true"),
        ("database-encrypted", "storage_encrypted = var.e", "storage_encrypted = true"),
        ("database-not-public", "publicly_accessible = true", "publicly_accessible = false"),
        ("database-backups", "backup_retention_period = 0", "backup_retention_period = 7"),
        ("database-backups", "backup_retention_period = 35", "backup_retention_period = 35"),
        ("database-backups", "backup_retention_period = var.d", "backup_retention_period = 7"),
    ],
)
def test_a_database_says_what_the_rule_asks(rule: str, before: str, after: str) -> None:
    shape = 'resource "aws_db_instance" "this" {{\n  {}\n}}\n'
    made = _repair(rule, {"m/main.tf": shape.format(before)}, "aws_db_instance.this")
    assert made["m/main.tf"] == shape.format(after)


ROLE = """\
resource "aws_s3_bucket" "avatars" {
}

resource "aws_iam_role_policy" "task" {
  policy = jsonencode({
    Statement = [
      { Effect = "Allow", Action = ["s3:*", "logs:PutLogEvents"], Resource = "*" },
      { Effect = "Deny", Action = "*", Resource = "*" },
    ]
  })
}
"""


def test_a_wildcard_gives_way_to_what_the_folder_creates_but_not_in_a_denial() -> None:
    after = _propose("no-wildcard-iam", {"m/main.tf": ROLE}, "aws_iam_role_policy.task")
    line = (
        '{ Effect = "Allow", Action = ["logs:PutLogEvents", "s3:GetObject", "s3:PutObject", '
        '"s3:DeleteObject", "s3:ListBucket"], '
        'Resource = [aws_s3_bucket.avatars.arn, "${aws_s3_bucket.avatars.arn}/*"] },'
    )
    assert after["m/main.tf"] == ROLE.replace(ROLE.splitlines()[6].strip(), line)


def test_the_document_that_a_policy_reads_is_narrowed() -> None:
    text = """\
resource "aws_sqs_queue" "work" {
}

data "aws_iam_policy_document" "task" {
  statement {
    actions   = ["*"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "task" {
  policy = data.aws_iam_policy_document.task.json
}
"""
    after = _propose("no-wildcard-iam", {"m/main.tf": text}, "aws_iam_policy.task")["m/main.tf"]
    assert '["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"]' in after
    assert "resources = [aws_sqs_queue.work.arn]" in after


def test_a_wildcard_that_nothing_explains_is_not_guessed_at() -> None:
    text = ROLE.replace("s3:*", "*").replace("aws_s3_bucket", "aws_other")
    with pytest.raises(Unrepairable, match="nothing in its folder says"):
        _propose("no-wildcard-iam", {"m/main.tf": text}, "aws_iam_role_policy.task")


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (
            "aws_security_group.api",
            'resource "aws_security_group" "api" {\n  ingress {\n    cidr_blocks = ["0.0.0.0/0"]\n'
            '  }\n  egress {\n    cidr_blocks = ["0.0.0.0/0"] # out\n  }\n}\n',
        ),
        (
            "aws_security_group.api",
            'resource "aws_security_group" "api" {\n  ingress = [{ cidr_blocks = ["0.0.0.0/0"] }]\n'
            '  egress  = [{ cidr_blocks = ["0.0.0.0/0"] }] # out\n}\n',
        ),
        (
            "aws_vpc_security_group_ingress_rule.api",
            'resource "aws_vpc_security_group_ingress_rule" "api" {\n  cidr_ipv4 = "0.0.0.0/0"\n'
            '  note      = "0.0.0.0/0" # out\n}\n',
        ),
    ],
)
def test_only_what_comes_in_is_narrowed(address: str, text: str) -> None:
    after = _propose("no-open-ingress", {"m/main.tf": text}, address)["m/main.tf"]
    assert after == text.replace("0.0.0.0/0", "10.0.0.0/8", 1)
    assert "# out" in after


def test_a_public_bucket_policy_is_proposed_away() -> None:
    policy = (
        'resource "aws_s3_bucket_policy" "all" {\n'
        "  bucket = aws_s3_bucket.avatars.id\n  policy = <<E\n}\nE\n}\n"
    )
    after = _propose("no-public-s3-buckets", {"m/main.tf": MAIN + "\n" + policy})
    assert after["m/main.tf"] == MAIN


@pytest.mark.parametrize(
    "resource",
    [
        "aws_s3_bucket.avatars",
        "module.bucket_avatars.aws_s3_bucket.avatars",
        'aws_s3_bucket.avatars["eu"]',
        "aws_s3_bucket_public_access_block.avatars",
        "user-service-avatars-staging",
        None,
    ],
)
def test_a_bucket_is_found_by_any_name_it_goes_by(resource: str | None) -> None:
    after = _repair("no-public-s3-buckets", {"m/main.tf": MAIN}, resource)
    assert "restrict_public_buckets = true" in after["m/main.tf"]


def test_a_bucket_that_is_only_looked_up_is_left_alone() -> None:
    looked_up = '\ndata "aws_s3_bucket" "avatars" {\n  bucket = "other"\n}\n'
    after = _repair("s3-encryption-at-rest", {"m/main.tf": MAIN + looked_up})["m/main.tf"]
    assert after.endswith(looked_up)
    assert after.count("aws_s3_bucket_server_side_encryption_configuration") == 1


def test_a_companion_that_is_not_always_there_is_left_to_a_person() -> None:
    text = MAIN.replace(
        "  block_public_acls ", "  count = var.closed ? 1 : 0\n\n  block_public_acls "
    )
    with pytest.raises(Unrepairable, match="is not there whenever the bucket is"):
        _repair("no-public-s3-buckets", {"m/main.tf": text})


def test_a_grant_to_everybody_goes_and_others_stay() -> None:
    acl = """\
resource "aws_s3_bucket_acl" "avatars" {
  bucket = aws_s3_bucket.avatars.id

  access_control_policy {
    owner {
      id = "0"
    }
%s  }
}
"""
    other = '\n    grant {\n      permission = "READ"\n    }\n'
    public = '\n    grant {\n      uri = "http://acs.amazonaws.com/groups/global/AllUsers"\n    }\n'
    files = {"m/main.tf": MAIN, "m/acl.tf": acl % (other + public)}
    assert _repair("no-public-s3-buckets", files)["m/acl.tf"] == acl % other


def test_a_resource_that_is_not_there_is_named() -> None:
    with pytest.raises(Unrepairable, match=r"no resource 'aws_s3_bucket\.other'"):
        _repair("no-public-s3-buckets", {"m/main.tf": MAIN}, "aws_s3_bucket.other")


@pytest.mark.parametrize("rule", ["no-public-s3-buckets", "s3-encryption-at-rest", "required-tags"])
def test_a_repaired_module_is_not_repaired_again(rule: str) -> None:
    once = _repair(rule, {"m/main.tf": MAIN, "m/acl.tf": ACL})
    assert _repair(rule, once) == once
    assert once != {"m/main.tf": MAIN, "m/acl.tf": ACL}


def _repair(
    rule: str, files: dict[str, str], resource: str | None = "aws_s3_bucket.avatars"
) -> dict[str, str]:
    return dict(AUTOMATED[rule](_case(rule, files, resource)))


def _propose(
    rule: str, files: dict[str, str], resource: str | None = "aws_s3_bucket.avatars"
) -> dict[str, str]:
    return dict(ASSISTED[rule](_case(rule, files, resource)))


def _case(rule: str, files: dict[str, str], resource: str | None) -> Case:
    violation = Violation(
        severity="high", rule=rule, message="m", path="m/main.tf", resource=resource
    )
    return Case(violation, "user-service", "staging", files)
