"""A pipeline to a workflow: the typed function that every way in calls."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workers.migration.actions.cleanup import Finding, cleaned
from workers.migration.actions.hardening import hardened
from workers.migration.actions.model import CompositeAction, Job, RunsOn, Scalar, Step, Workflow
from workers.migration.actions.runners import default
from workers.migration.actions.triggers import Input
from workers.migration.convert import post
from workers.migration.convert.agents import placed
from workers.migration.convert.attempts import opening
from workers.migration.convert.emitting import emit
from workers.migration.convert.environment import declare
from workers.migration.convert.finishing import changes, finished
from workers.migration.convert.frame import Frame, Placement
from workers.migration.convert.hoisting import hoisted
from workers.migration.convert.layout import Layout
from workers.migration.convert.leftover import never_called, never_reached
from workers.migration.convert.libraries import joined, loaded, told
from workers.migration.convert.narrowing import narrow, narrowed, shared
from workers.migration.convert.nesting import too_deep
from workers.migration.convert.options import apply, skips_checkout
from workers.migration.convert.properties import declared
from workers.migration.convert.record import Record
from workers.migration.convert.remarks import Remarks
from workers.migration.convert.scope import Scope
from workers.migration.convert.stages import stages
from workers.migration.convert.starting import inputs, starts, undeclared
from workers.migration.convert.tools import set_up
from workers.migration.convert.variables import mutable, numbers, truths
from workers.migration.convert.work import Work
from workers.migration.ledger import Ledger, Verdict
from workers.migration.pipeline.directives import Option
from workers.migration.pipeline.pipeline import Pipeline
from workers.migration.replacing import replace

_BRIEF = 90


@dataclass(frozen=True, slots=True)
class Conversion:
    """The workflow, what became of every statement, and the actions that the workflow calls.

    `actions` are those of the repository itself, by their names: `.github/actions/NAME/action.yml`.
    """

    workflow: Workflow
    ledger: Ledger
    actions: Mapping[str, CompositeAction] = field(default_factory=dict)


def converted(
    pipeline: Pipeline,
    runners: Mapping[str, str] | None = None,
    project: Mapping[str, str] | None = None,
    library: Mapping[str, Pipeline] | None = None,
    scripts: Mapping[str, Pipeline] | None = None,
) -> Conversion:
    """The workflow of a pipeline.

    `runners` maps labels of Jenkins to runners of GitHub. `project` has texts of the repository's
    files by their names (`project_versions.named_files`), which say the versions of tools.
    `library` has the files of `vars` of a shared library by the names of their steps, `scripts`
    Groovy files of the repository by their paths, for `load`. Raises ParseError for one that is
    nested deeper than can be followed.
    """
    try:
        return _converted(pipeline, runners or {}, project or {}, library or {}, scripts or {})
    except RecursionError:
        # It says which call was the last, of a thousand, and nothing of the pipeline.
        raise too_deep(pipeline) from None


def _converted(
    pipeline: Pipeline,
    runners: Mapping[str, str],
    project: Mapping[str, str],
    library: Mapping[str, Pipeline],
    scripts: Mapping[str, Pipeline],
) -> Conversion:
    given = {**library, **loaded(pipeline, scripts)}
    work = _work(joined(pipeline, given) if given else pipeline, runners, project)
    for each in pipeline.libraries:
        if library:
            work.record.changed(each, "its steps are put in where they are called")
        else:
            work.record.manual(each, f"convert what is used of the library {each.name}")
    workflow, findings = cleaned(hoisted(narrowed(_workflow(work, pipeline), work.secrets)))
    _note(work, findings)
    ledger = work.record.ledger(pipeline)
    ledger = told(ledger, pipeline, given) if given else ledger
    return Conversion(hardened(workflow), ledger, dict(sorted(work.actions.items())))


def _workflow(work: Work, pipeline: Pipeline) -> Workflow:
    said = declared(pipeline)
    ground = Scope(numbers=numbers(work.pipeline), truths=truths(work.pipeline))
    frame = Frame(ground)
    asked = inputs(work, said.parameters, frame)
    asked = (*asked, *undeclared(work, asked))
    frame = replace(frame, scope=replace(ground, inputs={each.name: each for each in asked}))
    frame, env = _ground(work, pipeline, said.options, frame)
    if pipeline.stages is not None:
        frame = stages(work, pipeline.stages, frame)
    _ending(work, pipeline, frame)
    frame = emit(work, pipeline.after, frame)
    never_called(work, pipeline, frame)
    never_reached(work, pipeline, frame)
    triggers = starts(work, said.triggers, asked, frame)
    return Workflow(
        name=pipeline.name,
        triggers=triggers,
        jobs=_jobs(work),
        env={**_asked(asked, frame), **dict.fromkeys(work.decisions, "false"), **env},
        comments=tuple(_head(work, pipeline)),
    )


def _work(pipeline: Pipeline, runners: Mapping[str, str], project: Mapping[str, str]) -> Work:
    functions = {each.name: each for each in pipeline.functions}
    work: Work = Work(
        pipeline=pipeline,
        record=Record(pipeline.source),
        layout=Layout(),
        emit=lambda statements, frame: emit(work, statements, frame),
        runners=runners,
        project=project,
        functions=functions,
        opening=opening(functions),
        names=set(pipeline.words),
        mutable=mutable(pipeline),
        comments=Remarks(pipeline).of,
    )
    return work


def _ground(
    work: Work, pipeline: Pipeline, options: tuple[Option, ...], frame: Frame
) -> tuple[Frame, dict[str, Scalar]]:
    """The frame of the whole pipeline, and the environment of the whole workflow."""
    frame = emit(work, pipeline.before, frame)
    if pipeline.stages is None:
        return apply(work, options, frame), {}
    frame = placed(work, pipeline.agent, frame)
    frame = apply(work, options, frame)
    frame, said = declare(work, pipeline.environment, frame)
    frame, env = frame.having(narrow(said)), shared(said)
    setup = list(frame.setup)
    for tool in pipeline.tools:
        made = set_up(work, tool, frame)
        if made is not None:
            setup.append(made)
    checkout = not skips_checkout(work, options, frame)
    frame = replace(frame, checkout=checkout, setup=tuple(setup))
    if frame.placement is not None:
        placement = replace(
            frame.placement, checkout=checkout, setup=(*frame.placement.setup, *setup)
        )
        frame = replace(frame, placement=placement)
    return frame, env


def _ending(work: Work, pipeline: Pipeline, frame: Frame) -> None:
    """What runs after all stages: at the end of the only job, or in a job that needs all."""
    if not pipeline.post:
        return
    layout = work.layout
    named = replace(frame, stages=("Post",))
    if len(layout.drafts) == 1 and layout.drafts[0].placement is frame.placement:
        post.of_steps(work, pipeline.post, named, None)
        return
    layout.after_all()
    placement = frame.placement or Placement("post", RunsOn((default(),)))
    post.of_jobs(work, pipeline.post, replace(named, placement=placement, image=None))


def _jobs(work: Work) -> tuple[Job, ...]:
    made = finished(work.layout.drafts, work.timeout, bool(work.filters))
    if work.filters and made:
        made = (changes(work.filters, Job("x", runs_on=RunsOn((default(),)))), *made)
    if made:
        return made
    nothing = 'echo "::error::Nothing of this pipeline was converted; see the migration report."'
    step = Step(name="Say what is missing", run=f"{nothing}\nexit 1\n")
    return (Job("build", runs_on=RunsOn((default(),)), steps=(step,)),)


def _asked(asked: tuple[Input, ...], frame: Frame) -> dict[str, str]:
    """Parameters as variables, as Jenkins hands them to every script."""
    return {each.name: _said(each, frame) for each in asked if each.name.isidentifier()}


def _said(asked: Input, frame: Frame) -> str:
    if asked.kind == "boolean" and not asked.default:
        return f"${{{{ inputs.{asked.name} || false }}}}"
    return f"${{{{ {frame.scope.input_expression(asked.name).strip('()')} }}}}"


def _head(work: Work, pipeline: Pipeline) -> Iterator[str]:
    yield f"Made from {pipeline.origin}; the report says what became of every statement."
    tasks = work.record.tasks
    if tasks:
        yield "Before the first run:"
        yield from (f"- {task.kind} {task.name}: {_brief(task.text)}" for task in tasks)


def _brief(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _BRIEF else f"{words[:_BRIEF]}…"


def _note(work: Work, findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        if finding.source is None:
            continue
        if finding.removed:
            note = f"`{finding.line}` is for another system; its twin in the job {finding.job} runs"
            work.record.at(finding.source, Verdict.CHANGED, note)
        else:
            note = f"`{finding.line}` does not run on the runner of the job {finding.job}"
            work.record.at(finding.source, Verdict.MANUAL, note)
