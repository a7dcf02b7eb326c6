"""Declarative stages: a sequence stays in a job, branches and cells get their own."""

from collections.abc import Sequence
from functools import partial

from workers.migration.actions.expressions import wrapped
from workers.migration.actions.model import Environment, Scalar, Strategy
from workers.migration.convert import post
from workers.migration.convert.agents import placed
from workers.migration.convert.environment import declare
from workers.migration.convert.frame import Frame
from workers.migration.convert.layout import Planned
from workers.migration.convert.options import apply, skips_checkout
from workers.migration.convert.tools import set_up, versions
from workers.migration.convert.when import met
from workers.migration.convert.work import Work, secret_name
from workers.migration.ledger import Verdict
from workers.migration.pipeline.directives import Axis, Input
from workers.migration.pipeline.stages import Matrix, Stage
from workers.migration.replacing import replace


def stages(work: Work, given: Sequence[Stage], frame: Frame) -> Frame:
    """Stages one after the other; what a script of one sets, the next one knows."""
    for each in given:
        after = stage(work, each, frame)
        frame = replace(frame, scope=replace(frame.scope, runtime=after.scope.runtime))
    return frame


def stage(work: Work, given: Stage, frame: Frame) -> Frame:
    """One stage with all that it declares."""
    name = work.inline(given.name, frame) or work.record.text(given.name)
    inner = _surroundings(work, given, replace(frame, stages=(*frame.stages, name)))
    before = len(_steps(work))
    if given.steps is not None:
        inner = work.emit(given.steps, inner)
    elif given.stages is not None:
        inner = stages(work, given.stages, inner)
    elif given.parallel is not None:
        _parallel(work, given.parallel, inner)
    elif given.matrix is not None:
        _matrix(work, given.matrix, inner)
    work.record.kept(given, f"stage {name}")
    _after(work, given, inner, before)
    if given.agent is not None and inner.placement is not frame.placement:
        work.layout.close()
    return inner


def _surroundings(work: Work, given: Stage | Matrix, frame: Frame) -> Frame:
    """The frame inside a stage: agent, conditions, environment, tools, options, approval."""
    inner = _on_agent(work, given, frame)
    inner = met(work, given.when, inner)
    inner = apply(work, given.options, inner)
    inner = _approved(work, given.input, inner)
    inner, env = declare(work, given.environment, inner)
    inner = inner.having(env)
    for tool in given.tools:
        made = set_up(work, tool, inner)
        if made is not None:
            work.add(tool, made, replace(inner, timeout=None), works=False)
    return inner


def _on_agent(work: Work, given: Stage | Matrix, frame: Frame) -> Frame:
    inner = placed(work, given.agent, frame)
    if inner.placement is None or inner.placement is frame.placement:
        return inner
    checkout = frame.checkout and not skips_checkout(work, given.options, frame)
    setup = (*frame.setup, *inner.placement.setup)
    return replace(inner, placement=replace(inner.placement, checkout=checkout, setup=setup))


def _approved(work: Work, given: Input | None, frame: Frame) -> Frame:
    if given is None:
        return frame
    name = secret_name(frame.stage).lower().replace("_", "-")
    submitters = next((each.value for each in given.arguments if each.name == "submitter"), None)
    who = work.fixed(submitters, frame) or "whoever may approve"
    work.record.task("environment", name, f"with required reviewers: {who}")
    work.record.changed(given, f"the environment {name} waits for its reviewers")
    for each in given.parameters:
        work.record.manual(each, "ask for this in the inputs of the workflow: an approval has none")
    return replace(frame, environment=Environment(name))


def _after(work: Work, given: Stage, frame: Frame, before: int) -> None:
    if not given.post:
        return
    own = _steps(work)[before:]
    current = work.layout.current
    if current is not None and own and all(work.layout.job_of(each) is current for each in own):
        post.of_steps(work, given.post, frame, _started(work, own, current.steps, frame))
    elif own:
        _after_jobs(work, given, frame)
    else:
        for each in given.post:
            work.record.kept(each)
            work.emit(each.body, frame)


def _started(work: Work, own: list[Planned], steps: list[Planned], frame: Frame) -> str | None:
    """What holds when the stage ran: its first step was not skipped. None when it always runs."""
    first = next((each for each in own if each.step.uses or each.step.run), None)
    if first is None or (steps and steps[0] is own[0] and not frame.conditions):
        return None
    if first.step.id is None:
        first.step = replace(first.step, id=work.identifier(frame.stage))
    return f"steps.{first.step.id}.outcome != 'skipped'"


def _after_jobs(work: Work, given: Stage, frame: Frame) -> None:
    """The post of stages that became several jobs is a job of its own."""
    work.layout.close()
    post.of_jobs(work, given.post, replace(frame, stages=(*frame.stages, f"{frame.stage} post")))
    work.layout.close()


def _steps(work: Work) -> list[Planned]:
    return work.layout.planned


def _parallel(work: Work, given: Sequence[Stage], frame: Frame) -> None:
    work.layout.branch(partial(_branch, work, each, frame) for each in given)


def _branch(work: Work, given: Stage, frame: Frame) -> None:
    stage(work, given, frame)


def _matrix(work: Work, given: Matrix, frame: Frame) -> None:
    """A job for each cell. The stages of a cell are steps of one job where they share an agent."""
    work.record.kept(given, "strategy.matrix")
    axes = {axis.name: tuple(_cells(work, axis, frame)) for axis in given.axes}
    for axis in given.axes:
        work.record.kept(axis)
    work.axes.update({name: tuple(values) for name, values in axes.items()})
    exclude = [cell for each in given.excludes for cell in _excluded(work, each.axes, axes, frame)]
    for left_out in given.excludes:
        work.record.whole(left_out, Verdict.KEPT, "strategy.matrix.exclude")
    env = {name: wrapped(f"matrix.{name}") for name in axes}
    tools = (*given.tools, *(tool for each in given.stages for tool in each.tools))
    include = tuple(versions(tools, axes))
    inner = replace(
        frame.having(env),
        strategy=Strategy(axes, include, tuple(exclude), fail_fast=False),
        scope=replace(
            frame.scope, environment={**frame.scope.environment, **dict.fromkeys(axes, ())}
        ),
    )
    work.layout.close()
    inner = _surroundings(work, given, inner)
    first = len(work.layout.drafts)
    before = len(_steps(work))
    stages(work, given.stages, inner)
    if len(work.layout.drafts) > first + 1:
        note = "each stage waits for all cells of the one before, not for its own cell alone"
        work.record.changed(given, note)
    own = _steps(work)[before:]
    current = work.layout.current
    if given.post and own and current is not None:
        post.of_steps(work, given.post, inner, _started(work, own, current.steps, inner))
    work.layout.close()


def _cells(work: Work, axis: Axis, frame: Frame) -> list[Scalar]:
    return [work.fixed(each, frame) or work.record.text(each) for each in axis.values]


def _excluded(
    work: Work, lines: Sequence[Axis], axes: dict[str, tuple[Scalar, ...]], frame: Frame
) -> list[dict[str, Scalar]]:
    """The cells that an exclude leaves out, one for each combination of its values."""
    cells: list[dict[str, Scalar]] = [{}]
    for line in lines:
        named = _cells(work, line, frame)
        values = [each for each in axes.get(line.name, ()) if (each in named) is not line.other]
        cells = [{**cell, line.name: value} for cell in cells for value in values]
    return [cell for cell in cells if cell]
