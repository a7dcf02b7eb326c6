"""Steps that start, await or ask other runs and people: build, copyArtifacts, input."""

import shlex
from collections.abc import Iterator

from workers.migration.actions.expressions import wrapped
from workers.migration.actions.model import Environment
from workers.migration.convert.frame import Frame
from workers.migration.convert.scope import Part, Unknown
from workers.migration.convert.scripts import Script, script
from workers.migration.convert.shell_steps import run
from workers.migration.convert.work import Work, secret_name
from workers.migration.naming import workflow_name
from workers.migration.pipeline.steps import Step
from workers.migration.pipeline.values import Call, ListValue
from workers.migration.replacing import replace

_TOKEN = {"GH_TOKEN": wrapped("github.token"), "GH_REPO": wrapped("github.repository")}
_AWAIT = (
    "\nsleep 10\n"
    "run=$(gh run list --workflow {file} --event workflow_dispatch --limit 1 \\\n"
    "  --json databaseId --jq '.[0].databaseId')\n"
    'gh run watch "$run" --exit-status\n'
)


def build(work: Work, step: Step, frame: Frame) -> Frame:
    """`build job: 'x'`: its workflow is dispatched, and waited for unless told not to."""
    name = work.fixed(step.named.get("job") or next(iter(step.positional), None), frame)
    if name is None:
        work.by_hand(step, frame, "start the other workflow: only the run knows which it is")
        return frame
    file = f"{workflow_name(name)}.yml"
    inputs = tuple(_inputs(work, step, frame))
    missing = any(isinstance(each, Unknown) for each in inputs)
    text: tuple[Part, ...] = (f'gh workflow run {file} --ref "$GITHUB_REF_NAME"', *inputs)
    waits = work.constant(step.named.get("wait"), frame) != (True, False)
    if waits:
        text = (*text, _AWAIT.format(file=file))
    made = script(text, frame.scope, "sh")
    made = replace(made, env={**made.env, **_TOKEN})
    work.record.task("workflow", file, f"the workflow of the Jenkins job `{name}`, with its inputs")
    plain = replace(frame, image=None, directory=None, prelude=())
    said = "starts and awaits" if waits else "starts"
    note = None if missing else f"{said} the workflow {file}"
    run(work, step, plain, made, name=f"Start {name}", note=note, quiet="build")
    return frame


def _inputs(work: Work, step: Step, frame: Frame) -> Iterator[Part]:
    given = step.named.get("parameters")
    for each in given.items if isinstance(given, ListValue) else ():
        name = work.fixed(each.named.get("name"), frame) if isinstance(each, Call) else None
        if name is None or not isinstance(each, Call):
            yield f" -f {shlex.quote(work.record.text(each))}"
            continue
        yield f' -f "{name}='
        yield from work.parts(each.named.get("value"), frame)
        yield '"'


def copy_artifacts(work: Work, step: Step, frame: Frame) -> Frame:
    """`copyArtifacts projectName: 'x'`: those of the newest run that succeeded."""
    name = work.fixed(step.named.get("projectName") or next(iter(step.positional), None), frame)
    if name is None:
        work.by_hand(step, frame, "download the artifact: only the run knows whose it is")
        return frame
    file = f"{workflow_name(name)}.yml"
    target = work.fixed(step.named.get("target"), frame) or "."
    text = (
        f"run=$(gh run list --workflow {file} --status success --limit 1 \\\n"
        "  --json databaseId --jq '.[0].databaseId')\n"
        f'gh run download "$run" --dir {shlex.quote(target)}\n'
    )
    work.record.task("workflow", file, f"the workflow of the Jenkins job `{name}`")
    note = "all artifacts of the newest run that succeeded"
    run(
        work,
        step,
        replace(frame, image=None),
        Script(text, _TOKEN),
        name=f"Artifacts of {name}",
        note=note,
    )
    return frame


def wait_for_person(work: Work, step: Step, frame: Frame) -> Frame:
    """`input`: what follows is a job that waits for the reviewers of an environment."""
    name = secret_name(frame.stage or "approval").lower().replace("_", "-")
    who = work.fixed(step.named.get("submitter"), frame) or "whoever may approve"
    message = work.fixed(step.named.get("message") or next(iter(step.positional), None), frame)
    asked = f" ({message})" if message else ""
    work.record.task("environment", name, f"with required reviewers: {who}{asked}")
    work.layout.hold(Environment(name))
    if "parameters" in step.named:
        note = "ask for the parameters in the inputs of the workflow: an approval has none"
        work.record.manual(step, note)
    else:
        work.record.changed(step, f"the next job waits for the reviewers of the environment {name}")
    return frame
