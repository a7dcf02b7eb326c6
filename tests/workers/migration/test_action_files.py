"""Actions beside the workflows: one for each step of a library, whoever calls it."""

import yaml

from workers.migration.action_files import action_files
from workers.migration.convert.stubs import stub


def test_workflows_that_call_the_same_step_share_its_action() -> None:
    one, other = {"deploy": stub("deploy", {"name": "a"})}, {"deploy": stub("deploy", {"dry": "b"})}

    files = action_files([one, other, {"check": stub("check", {})}])

    assert list(files) == ["actions/check/action.yml", "actions/deploy/action.yml"]
    tree = yaml.safe_load(files["actions/deploy/action.yml"])
    assert list(tree["inputs"]) == ["name", "dry"]
    assert list(tree["runs"]["steps"][0]["env"]) == ["INPUT_NAME", "INPUT_DRY"]


def test_no_actions_give_no_files() -> None:
    assert action_files([{}]) == {}
