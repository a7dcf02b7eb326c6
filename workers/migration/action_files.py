"""The files of the actions that migrated workflows call, beside the workflows. Pure."""

from collections.abc import Iterable, Mapping

from workers.migration.actions.model import CompositeAction
from workers.migration.actions.rendering import rendered_action
from workers.migration.convert.stubs import merged


def action_files(given: Iterable[Mapping[str, CompositeAction]]) -> dict[str, str]:
    """The text of each `actions/NAME/action.yml` of the folder `.github`.

    Workflows that call the same step of a library share its action, with the inputs of all calls.
    """
    found: dict[str, CompositeAction] = {}
    for actions in given:
        for name, action in actions.items():
            found[name] = merged(found[name], action) if name in found else action
    return {f"actions/{name}/action.yml": rendered_action(found[name]) for name in sorted(found)}
