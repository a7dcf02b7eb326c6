"""Secrets that stand in a job's XML: whatever shows its text must not show them. Pure."""

import re

from workers.migration.job_config.elements import Element

_SECRET = re.compile(r"(password|passwd|secret|token|api_?key|passphrase|private_?key)$", re.I)
_KEEPS_SECRETS = re.compile(r"password", re.I)
_VALUES = frozenset({"value", "defaultValue"})


def masked(text: str, root: Element) -> str:
    """The text with asterisks for the secrets in it; every other character in its place."""
    kept = list(text)
    for place in _places(root):
        for at in range(*place):
            if kept[at] not in "\r\n":
                kept[at] = "*"
    return "".join(kept)


def _places(root: Element) -> list[tuple[int, int]]:
    """From where to where secrets stand."""
    return [
        (each.opening.end, each.close)
        for owner in (root, *root.below())
        for each in owner.children
        if not each.children
        and (
            _SECRET.search(each.name)
            or (each.name in _VALUES and _KEEPS_SECRETS.search(owner.name))
        )
    ]
