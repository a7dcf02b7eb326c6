"""The rules by OPA's own tools, and the compiled bundle against its sources."""

import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from workers.remediation.playbooks import ADVICE, ASSISTED, AUTOMATED

pytestmark = pytest.mark.opa


@pytest.mark.parametrize("command", ["test", "check --strict", "fmt --fail --list"])
def test_opa_has_nothing_to_object_to(opa: Path, policies: Path, command: str) -> None:
    ran = subprocess.run(
        [opa, *command.split(), "."], cwd=policies, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_rule_has_a_test_of_its_own(build: ModuleType, policies: Path) -> None:
    rules = [path for path in build.sources() if path.parent != policies / "lib"]

    assert len(rules) > 20
    assert [path for path in rules if not path.with_name(f"{path.stem}_test.rego").is_file()] == []


def test_the_bundle_is_what_the_rules_compile_to(opa: Path, build: ModuleType) -> None:
    assert build.check() == "a fresh build is the same, byte for byte"


def test_digests_tell_without_opa(build: ModuleType) -> None:
    assert build.digests() == build.DIGESTS.read_text()


def test_a_changed_rule_is_noticed_without_opa(
    build: ModuleType, policies: Path, tmp_path: Path
) -> None:
    changed = Path(shutil.copytree(policies, tmp_path / "policies"))
    rule = changed / "main.rego"
    rule.write_text(rule.read_text() + "\n# one line more\n")

    assert build.digests(changed) != build.DIGESTS.read_text()


def test_rules_and_repairs_agree(build: ModuleType, policies: Path) -> None:
    remedies = {}
    for path in build.sources():
        if remedy := re.search(r"^#   remedy: (\w+)$", path.read_text(), re.MULTILINE):
            remedies[path.stem.replace("_", "-")] = remedy[1]

    assert {rule for rule, remedy in remedies.items() if remedy == "automated"} == set(AUTOMATED)
    assert {r for r, remedy in remedies.items() if remedy == "assisted"} <= set(ASSISTED)
    assert {r for r, remedy in remedies.items() if remedy == "advisory"} <= set(ADVICE)
