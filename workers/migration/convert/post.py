"""`post`: what runs after a stage or a pipeline, by how it ended."""

from collections.abc import Iterable, Sequence

from workers.migration.actions.expressions import wrapped
from workers.migration.actions.model import Step as Made
from workers.migration.convert.frame import Frame
from workers.migration.convert.work import Work
from workers.migration.pipeline.directives import Post
from workers.migration.replacing import replace

# In the order in which Jenkins runs them (jenkins.io, "Pipeline Syntax", post).
_ORDER = (
    "always",
    "changed",
    "fixed",
    "regression",
    "aborted",
    "failure",
    "success",
    "unstable",
    "unsuccessful",
    "notBuilt",
    "cleanup",
)
_BY_PREVIOUS = frozenset({"changed", "fixed", "regression"})
_FAILED = "contains(needs.*.result, 'failure')"
_CANCELLED = "contains(needs.*.result, 'cancelled')"
# The status of a job's own steps, and that of the jobs before it.
_OWN = {
    "always": ("always()", ""),
    "cleanup": ("always()", ""),
    "aborted": ("cancelled()", ""),
    "failure": ("failure()", ""),
    "success": (None, ""),
    "unstable": ("failure()", ""),
    "unsuccessful": ("(failure() || cancelled())", ""),
    "changed": ("always()", "{previous} != job.status"),
    "fixed": (None, "{previous} == 'failure'"),
    "regression": ("failure()", "{previous} == 'success'"),
    "notBuilt": (None, "false"),
}
_OF_NEEDS = {
    "always": "",
    "cleanup": "",
    "aborted": _CANCELLED,
    "failure": _FAILED,
    "success": f"!{_FAILED} && !{_CANCELLED}",
    "unstable": _FAILED,
    "unsuccessful": f"({_FAILED} || {_CANCELLED})",
    "changed": f"{{previous}} != ({_FAILED} && 'failure' || 'success')",
    "fixed": f"{{previous}} == 'failure' && !{_FAILED}",
    "regression": f"{{previous}} == 'success' && {_FAILED}",
    "notBuilt": "false",
}
_NOTES = {
    "unstable": "with failure(): GitHub has no result between success and failure",
    "changed": "compared with the previous run of the branch",
    "fixed": "compared with the previous run of the branch",
    "regression": "compared with the previous run of the branch",
}


def of_steps(work: Work, posts: Iterable[Post], frame: Frame, started: str | None) -> Frame:
    """Runs after steps of the same job. `started` holds when the stage was not skipped."""
    given = _ordered(posts)
    previous = _previous(work, given, replace(frame, status="always()"))
    for post in given:
        status, condition = _OWN[post.condition]
        conditions = [each for each in (started, condition.format(previous=previous)) if each]
        inner = replace(frame.under(*conditions), status=status)
        _emit(work, post, inner)
    return frame


def of_jobs(work: Work, posts: Iterable[Post], frame: Frame) -> Frame:
    """Runs in a job after all others, whatever became of them."""
    given = _ordered(posts)
    always = replace(frame, status="always()")
    previous = _previous(work, given, always)
    for post in given:
        condition = _OF_NEEDS[post.condition].format(previous=previous)
        _emit(work, post, always.under(condition) if condition else always)
    return frame


def _ordered(posts: Iterable[Post]) -> Sequence[Post]:
    return sorted(posts, key=lambda post: _ORDER.index(post.condition))


def _emit(work: Work, post: Post, frame: Frame) -> None:
    note = _NOTES.get(post.condition, "")
    if post.condition == "notBuilt":
        work.record.manual(post, "GitHub has no such result: say when this is to run")
    elif note:
        work.record.changed(post, note)
    else:
        work.record.kept(post)
    work.emit(post.body, frame)


def _previous(work: Work, posts: Sequence[Post], frame: Frame) -> str:
    """The expression for how the previous run of the branch ended, and the step that asks."""
    asking = next((post for post in posts if post.condition in _BY_PREVIOUS), None)
    if asking is None:
        return ""
    name = work.identifier("previous")
    script = (
        'conclusion=$(gh run list --workflow "$GITHUB_WORKFLOW" --branch "$GITHUB_REF_NAME" \\\n'
        "  --status completed --limit 1 --json conclusion --jq '.[0].conclusion')\n"
        'echo "conclusion=$conclusion" >> "$GITHUB_OUTPUT"\n'
    )
    env = {"GH_TOKEN": wrapped("github.token"), "GH_REPO": wrapped("github.repository")}
    made = Made(name="See how the previous run ended", id=name, run=script, env=env)
    plain = replace(frame, prelude=(), retries=None, image=None, directory=None)
    work.add(asking, made, plain, works=False, reads=False)
    return f"steps.{name}.outputs.conclusion"
