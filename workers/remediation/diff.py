"""Changes as unified diffs that `patch` and `git apply` take, and that show no credential. Pure."""

import re
from collections.abc import Mapping
from difflib import unified_diff
from io import StringIO

from workers.redaction import redacted

_UNFINISHED = "\n\\ No newline at end of file\n"

# The columns of Terraform's layout stand between a name and its value.
_COLUMNS = re.compile(r"(?<![ \t])[ \t]+(?=[=:])")


def shown(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """The change for a person to read, with what looks like a credential taken out."""
    return patch(before, after) or redacted(_narrow(_diff(before, after, context=3)))


def patch(before: Mapping[str, str], after: Mapping[str, str]) -> str | None:
    """The change to apply; None when it can't be shown without what looks like a credential.

    The lines around a change are left out if they alone give something away.
    """
    for context in (3, 0):
        made = _diff(before, after, context=context)
        narrow = _narrow(made)
        if redacted(narrow) == narrow:
            return made
    return None


def _narrow(diff: str) -> str:
    return _COLUMNS.sub(" ", diff)


def _diff(before: Mapping[str, str], after: Mapping[str, str], *, context: int) -> str:
    return "".join(
        line if line.endswith("\n") else line + _UNFINISHED
        for path in sorted(after)
        for line in unified_diff(
            list(StringIO(before.get(path, ""))),
            list(StringIO(after[path])),
            f"a/{path}",
            f"b/{path}",
            n=context,
        )
    )
