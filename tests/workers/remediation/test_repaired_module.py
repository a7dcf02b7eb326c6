"""A repaired Terraform folder is one that Terraform itself takes, in its own layout."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from schemas.policy import Violation
from workers.remediation.repair import Place, repaired

PLUGINS = Path(os.environ.get("FLOTILLA_TERRAFORM_PLUGINS", "/opt/tf-plugins"))

VERSIONS = b"""\
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "tags" {
  type = map(string)
}
"""
BUCKET = b"""\
# The bucket for avatars, as it was asked for: public.

data "aws_caller_identity" "current" {}

resource "aws_s3_bucket" "this" {
  bucket = "avatars-${data.aws_caller_identity.current.account_id}"
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = false
  block_public_policy     = false
  ignore_public_acls      = false
  restrict_public_buckets = false
}

resource "aws_s3_bucket_acl" "this" {
  bucket = aws_s3_bucket.this.id
  acl    = "public-read"

  depends_on = [
    aws_s3_bucket_ownership_controls.this,
    aws_s3_bucket_public_access_block.this,
  ]
}
"""
OTHERS = b"""\
resource "aws_s3_bucket" "many" {
  for_each = toset(["a", "b"])
  bucket   = "many-${each.key}" # one each
  tags     = merge(var.tags, { Name = each.key })
}

resource "aws_s3_bucket_acl" "many" {
  for_each = toset(["a", "b"])
  bucket   = aws_s3_bucket.many[each.key].id

  access_control_policy {
    grant {
      grantee {
        type = "Group"
        uri  = "http://acs.amazonaws.com/groups/global/AllUsers"
      }
      permission = "READ"
    }

    grant {
      grantee {
        id   = "0123"
        type = "CanonicalUser"
      }
      permission = "READ"
    }

    owner {
      id = "0123"
    }
  }
}

resource "aws_db_instance" "this" {
  instance_class    = "db.t4g.micro"
  engine            = "postgres" # with extensions
  storage_encrypted = false      # for now

  manage_master_user_password = true
  username                    = "app"
  allocated_storage           = 20
  tags                        = { Name = "db" }
}

resource "aws_security_group" "this" {
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""
FILES = {"m/main.tf": BUCKET, "m/others.tf": OTHERS, "m/versions.tf": VERSIONS}
AUTOMATED = [
    ("no-public-s3-buckets", "aws_s3_bucket.this", "m/main.tf"),
    ("s3-encryption-at-rest", "aws_s3_bucket.this", "m/main.tf"),
    ("required-tags", "aws_s3_bucket.this", "m/main.tf"),
    ("no-public-s3-buckets", "aws_s3_bucket.many", "m/others.tf"),
    ("no-public-s3-buckets", "aws_s3_bucket_acl.many", "m/others.tf"),
    ("s3-encryption-at-rest", "aws_s3_bucket.many", "m/others.tf"),
    ("required-tags", "aws_s3_bucket.many", "m/others.tf"),
    ("database-encrypted", "aws_db_instance.this", "m/others.tf"),
    ("database-not-public", "aws_db_instance.this", "m/others.tf"),
    ("database-backups", "aws_db_instance.this", "m/others.tf"),
    ("required-tags", "aws_db_instance.this", "m/others.tf"),
    ("required-tags", "aws_security_group.this", "m/others.tf"),
]


def test_terraform_takes_a_module_after_all_repairs(tmp_path: Path) -> None:
    _need_terraform()
    done = repaired(FILES, [_violation(*row) for row in AUTOMATED], Place("s", "staging", 2))
    assert not done.unrepaired
    _write(tmp_path, {**FILES, **done.files})
    _terraform(tmp_path / "m", "fmt", "-check", "-diff")
    _terraform(tmp_path / "m", "init", "-backend=false", f"-plugin-dir={PLUGINS}")
    _terraform(tmp_path / "m", "validate")


def test_a_proposed_patch_applies_and_keeps_the_layout(tmp_path: Path) -> None:
    _need_terraform()
    asked = _violation("no-open-ingress", "aws_security_group.this", "m/others.tf", "assisted")
    ((_, proposal),) = repaired(FILES, [asked], Place("s", "staging", 2)).unrepaired
    _write(tmp_path, FILES)
    subprocess.run(["git", "apply"], cwd=tmp_path, input=proposal.patch, text=True, check=True)
    assert '"10.0.0.0/8"' in (tmp_path / "m/others.tf").read_text()
    _terraform(tmp_path / "m", "fmt", "-check", "-diff")


def _violation(rule: str, resource: str, path: str, remedy: str = "automated") -> Violation:
    return Violation.model_validate(
        {
            "severity": "high",
            "rule": rule,
            "message": "m",
            "remedy": remedy,
            "path": path,
            "resource": resource,
        }
    )


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def _terraform(folder: Path, *arguments: str) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "CHECKPOINT_DISABLE": "1"}
    run = subprocess.run(
        ["terraform", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def _need_terraform() -> None:
    if shutil.which("terraform") and PLUGINS.is_dir():
        return
    enable = (
        "install terraform, then: terraform providers mirror <folder> && "
        "FLOTILLA_TERRAFORM_PLUGINS=<folder> pytest tests/workers/remediation"
    )
    if os.environ.get("CI"):
        pytest.fail(f"Terraform is missing; {enable}")
    pytest.skip(enable)
