"""How the run goes so far, as a script of Jenkins asks for it, in status functions. Pure."""

import re

from workers.migration.convert.resolving import known
from workers.migration.convert.scope import Scope
from workers.migration.pipeline.values import Binary, Property, Variable

_RESULTS = {
    "SUCCESS": "success()",
    "FAILURE": "failure()",
    "UNSTABLE": "failure()",
    "ABORTED": "cancelled()",
}
_RUNS_ALWAYS = re.compile(r"\b(success|failure|always|cancelled)\(\)")


def of_result(value: Binary, scope: Scope) -> str | None:
    """`currentBuild.result == 'X'` as a status function."""
    match value.left:
        case Property(receiver=Variable(name="currentBuild"), name=name) if name in (
            "result",
            "currentResult",
        ):
            found, fixed = known(value.right, scope)
            status = _RESULTS.get(str(fixed)) if fixed is not None else "success()"
            if not found or status is None:
                return None
            return status if value.operator == "==" else f"!{status}"
    return None


def has_status(expression: str) -> bool:
    """Whether it asks for the status, so that GitHub does not add success() to it."""
    return bool(_RUNS_ALWAYS.search(expression))
