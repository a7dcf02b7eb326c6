"""The buckets in a bundle's Terraform."""

import pytest

from workers.adapters.terraform_buckets import (
    ACCESS_SETTINGS,
    BucketPlan,
    Unsupported,
    bucket_plans,
)

ACCOUNT = "000000000000"
REPAIRED = """
data "aws_caller_identity" "current" {}

resource "aws_s3_bucket" "this" {
  bucket = "avatars-${data.aws_caller_identity.current.account_id}"
  tags = {
    Owner       = "platform"
    "cost:code" = local.code
  }
}

locals {
  code = "c-${var.environment}"
}

variable "environment" {
  default = "staging"
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.bucket
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id
  versioning_configuration {
    status = "Enabled"
  }
}
"""


def plans(**modules: str) -> tuple[BucketPlan, ...]:
    """Of `main`, and of modules by name."""
    files = {
        "infra/terraform/main.tf" if name == "main" else f"infra/terraform/modules/{name}/m.tf": (
            text.encode()
        )
        for name, text in modules.items()
    }
    return bucket_plans(files, ACCOUNT)


def test_a_bucket_is_all_that_its_module_says_of_it() -> None:
    [plan] = plans(main='module "a" {\n source = "./modules/a"\n}\n', a=REPAIRED)
    assert plan == BucketPlan(
        name="avatars-000000000000",
        encryption="aws:kms",
        versioned=True,
        blocked=frozenset(ACCESS_SETTINGS),
        tags={"Owner": "platform", "cost:code": "c-staging"},
    )


def test_an_input_of_the_caller_wins_over_the_default() -> None:
    call = 'module "a" {\n source = "./modules/a"\n environment = "dev"\n}\n'
    [plan] = plans(main=call, a=REPAIRED)
    assert plan.tags["cost:code"] == "c-dev"


def test_a_module_that_nobody_calls_makes_no_bucket() -> None:
    assert plans(main="", a=REPAIRED) == ()


def test_a_module_called_twice_makes_two_buckets() -> None:
    module = 'variable "name" {}\nresource "aws_s3_bucket" "b" {\n bucket = var.name\n}\n'
    call = "".join(
        f'module "{name}" {{\n source = "./modules/a"\n name = "{name}"\n}}\n'
        for name in ("one", "two")
    )
    assert [plan.name for plan in plans(main=call, a=module)] == ["one", "two"]


def test_settings_belong_to_their_own_bucket() -> None:
    two = """
resource "aws_s3_bucket" "open" {
  bucket = "open"
}
resource "aws_s3_bucket" "open_not" {
  bucket = "shut"
}
resource "aws_s3_bucket_public_access_block" "x" {
  bucket            = aws_s3_bucket.open_not.id
  block_public_acls = true
}
"""
    blocked = {plan.name: plan.blocked for plan in plans(main=two)}
    assert blocked == {"open": frozenset(), "shut": {"block_public_acls"}}


def test_a_bundle_without_terraform_has_no_buckets() -> None:
    assert bucket_plans({"app/main.py": b"", "infra/notes.tf": b"resource {"}, ACCOUNT) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('resource "aws_s3_bucket" "b" {\n bucket = var.unknown\n}', "var.unknown"),
        ('resource "aws_s3_bucket" "b" {\n bucket = "a-${random_id.x.hex}"\n}', "random_id"),
        ('resource "aws_s3_bucket" "b" {\n}', "aws_s3_bucket.b"),
        ('resource "aws_s3_bucket" "b" {\n bucket = "a"\n count = 2\n}', "count"),
        ('resource "aws_s3_bucket" "b" {\n bucket = "a"\n for_each = toset([])\n}', "for_each"),
        ('resource "aws_s3_bucket" "b" {\n bucket = "a"\n tags = merge({}, {})\n}', "merge"),
        ('module "again" {\n source = "./."\n}', "too deeply"),
        # Absurd: a bucket that is named after itself, and a file that is no Terraform.
        (
            'locals {\n a = local.a\n}\nresource "aws_s3_bucket" "b" {\n bucket = local.a\n}',
            "local",
        ),
        ("}{ no terraform", "not Terraform"),
    ],
)
def test_what_can_not_be_understood_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(Unsupported, match=said):
        plans(main=text + "\n")
