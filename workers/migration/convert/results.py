"""How a script says that a build ended, and what it calls it: `currentBuild` assigned to."""

from workers.migration.actions.model import Step as Made
from workers.migration.convert.frame import Frame
from workers.migration.convert.quoting import quoted_in_shell
from workers.migration.convert.scope import Unknown
from workers.migration.convert.scripts import script
from workers.migration.convert.work import Work
from workers.migration.pipeline.nodes import Statement
from workers.migration.pipeline.steps import Assign
from workers.migration.pipeline.values import Literal, Property, Variable


def result(work: Work, given: Assign, target: Property, frame: Frame) -> Frame:
    """`currentBuild.result = 'FAILURE'` and its kind."""
    said = work.fixed(given.value, frame)
    if target.name in ("displayName", "description"):
        _described(work, given, frame)
    elif target.name in ("result", "currentResult") and said == "FAILURE":
        if frame.status and "failure()" in frame.status:
            work.record.kept(given, "the run has failed already")
        else:
            made = Made(name="Fail", run='echo "::error::The build is marked as failed."\nexit 1\n')
            work.add(given, made, frame, works=False, reads=False)
            work.record.changed(given, "the job fails here")
    elif said == "UNSTABLE":
        made = Made(name="Warn", run='echo "::warning::The build is marked as unstable."')
        work.add(given, made, frame, works=False, reads=False)
        work.record.changed(given, "a warning: GitHub has no result between success and failure")
    elif said in ("ABORTED", "NOT_BUILT"):
        made = Made(name="Stop", run=f'echo "::error::The build is marked as {said}."\nexit 1\n')
        work.add(given, made, frame, works=False, reads=False)
        work.record.changed(given, "the job fails here: a run cannot abort itself")
    elif said == "SUCCESS":
        work.record.dropped(given, "a job that does not fail succeeds")
    else:
        work.by_hand(given, frame, "work out this result by hand")
    return frame


def is_result(given: Statement) -> bool:
    """Whether it says how the build ended, and that it did not succeed."""
    if not isinstance(given, Assign) or not isinstance(given.targets[0], Property):
        return False
    target, value = given.targets[0], given.value
    said = value.value if isinstance(value, Literal) else None
    return of_build(target) and said in ("FAILURE", "ABORTED", "NOT_BUILT")


def _described(work: Work, given: Assign, frame: Frame) -> None:
    """What the build is called, in the summary of the run."""
    text = work.parts(given.value, frame)
    if not text or any(isinstance(each, Unknown) for each in text):
        work.by_hand(given, frame, "say this in run-name, or in the summary of a step")
        return
    escaped = (quoted_in_shell(each) if isinstance(each, str) else each for each in text)
    made = script(('echo "', *escaped, '" >> "$GITHUB_STEP_SUMMARY"'), frame.scope, "sh")
    step = Made(name="Describe the run", run=made.text, env=made.env)
    work.add(given, step, frame, works=False, reads=False)
    work.record.changed(given, "in the summary of the run")


def of_build(target: Property) -> bool:
    """Whether it is about the build itself."""
    return isinstance(target.receiver, Variable) and target.receiver.name == "currentBuild"
