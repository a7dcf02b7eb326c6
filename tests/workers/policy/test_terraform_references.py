"""What Terraform files alone say about the values in them."""

from typing import Any

import pytest

from workers.policy.configuration import BYTES, read
from workers.policy.plain import Unreadable


def body(files: dict[str, str], address: str) -> Any:
    for found in read(files).values():
        assert isinstance(found, dict), found
        for block in found["blocks"]:
            if block["address"] == address:
                return block["body"]
    raise AssertionError(f"no {address}")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('"text"', "text"),
        ('"a \\"b\\" \\\\ c"', 'a "b" \\ c'),
        ("-1", -1),
        ("true", True),
        ("null", None),
        ("local.name", "users"),
        ('"x-${local.name}-${var.count}"', "x-users-3"),
        ("local.tags.Owner", "team"),
        ('merge(local.tags, { Name = "n" })', {"Owner": "team", "Name": "n"}),
        ("merge(local.tags, var.more)", {"Owner": "team", "${var.more}": "${var.more}"}),
        ('jsonencode({ A = [local.name, "b"] })', {"A": ["users", "b"]}),
        ("toset([local.name])", ["users"]),
        ("{ (local.name) = 1 }", {"${(local.name)}": 1}),
        ("<<EOT\nline ${local.name}\nEOT", "line users"),
        # What can't be known stays an expression.
        ("var.more", "${var.more}"),
        ("var.missing", "${var.missing}"),
        ("local.tags.Nobody", "${local.tags.Nobody}"),
        ("local.loop", "${local.pool}"),
        ("local.deep", "${local.deep21}"),
        ('file("x")', '${file("x")}'),
        ('true ? "a" : "b"', '${true ? "a" : "b"}'),
        ('"$${local.name}"', "$${local.name}"),
        ('"${local.tags}"', {"Owner": "team"}),
        ('"a${local.tags}"', "a${local.tags}"),
    ],
)
def test_an_expression_is_as_far_resolved_as_it_can_be(expression: str, value: object) -> None:
    chain = "\n".join(f"deep{n} = local.deep{n + 1}" for n in range(200))
    files = {
        "main.tf": f"""
            variable "more" {{}}
            variable "count" {{ default = 3 }}
            locals {{
              name = "users"
              tags = {{ Owner = "team" }}
              loop = local.pool
              pool = local.loop
              deep = local.deep0
              {chain}
              deep200 = 1
            }}
        """,
        "resource.tf": f'resource "x" "y" {{\n v = {expression}\n}}',
    }

    assert body(files, "x.y")["v"] == value


@pytest.mark.parametrize(
    ("files", "value"),
    [
        ({}, "default"),
        ({"terraform.tfvars": 'v = "set"'}, "set"),
        ({"a.auto.tfvars.json": '{"v": "set"}'}, "set"),
        ({"staging.tfvars": 'v = "default"'}, "default"),
        ({"staging.tfvars": 'v = "other"'}, "${var.v}"),
        ({"../main.tf": 'module "m" {\n source = "./m"\n v = "called"\n}'}, "called"),
        ({"../main.tf": 'module "m" {\n source = "./m"\n}'}, "default"),
        ({"../main.tf": 'module "m" {\n source = "registry/m"\n v = "x"\n}'}, "default"),
        (
            {
                "../a.tf": 'module "a" {\n source = "./m"\n v = "1"\n}',
                "../b.tf": 'module "b" {\n source = "./m/../m"\n v = "2"\n}',
            },
            "${var.v}",
        ),
    ],
)
def test_a_variable_has_the_value_that_nothing_contradicts(
    files: dict[str, str], value: str
) -> None:
    placed = {
        (path.removeprefix("../") if path.startswith("../") else f"m/{path}"): text
        for path, text in files.items()
    }
    module = 'variable "v" { default = "default" }\nresource "x" "y" { v = var.v }'

    assert body({**placed, "m/main.tf": module}, "x.y")["v"] == value


def test_a_dynamic_block_is_written_out_and_marked() -> None:
    text = 'resource "x" "y" {\n dynamic "z" {\n  for_each = [1]\n  content { a = z.value }\n }\n}'

    assert body({"a.tf": text}, "x.y") == {"z": [{"a": "${z.value}", "for_each": [1]}]}


def test_a_policy_is_a_document_wherever_its_text_comes_from() -> None:
    text = 'locals { p = "{\\"Statement\\": []}" }\nresource "x" "y" {\n policy = local.p\n}'

    assert body({"a.tf": text}, "x.y")["policy"] == {"Statement": []}


def test_more_terraform_than_can_be_parsed_in_time_is_not_read() -> None:
    found = read({"a.tf": "a = 1", "b.tf": "#" * BYTES})

    assert isinstance(found["a.tf"], dict)
    assert isinstance(found["b.tf"], Unreadable)
