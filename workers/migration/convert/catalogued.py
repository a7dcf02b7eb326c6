"""Steps that the catalogue converts, and those that nobody knows."""

import re
from collections.abc import Callable, Mapping

from workers.migration.actions.catalogue import Conversion, catalogue
from workers.migration.actions.model import Scalar
from workers.migration.actions.model import Step as Made
from workers.migration.convert import (
    messages,
    other_workflows,
    reports,
    shell_steps,
    stubs,
    transfers,
)
from workers.migration.convert.frame import Frame
from workers.migration.convert.surroundings import inside
from workers.migration.convert.work import Work
from workers.migration.pipeline.steps import Step
from workers.migration.replacing import replace

_ARGUMENT = re.compile(r"\{(\w+)(?:\|([^}]*))?\}")


def catalogued(  # noqa: PLR0911 one a way of converting
    work: Work, step: Step, frame: Frame
) -> Frame:
    """A step by the catalogue; one that is in nobody's book stays visible and in the ledger."""
    if step.kind == "step" and (meant := reports.class_of(step)) is not None:
        return catalogued(work, meant, frame)
    rule = RULES.get(step.kind)
    if rule is not None:
        return rule(work, step, frame)
    known = catalogue().get(step.kind)
    if known is None and stubs.stubbed(work, step, frame):
        return frame
    if known is None or known.how == "rule":
        return _unknown(work, step, frame, f"convert the step {step.kind}")
    if known.how == "manual":
        return _unknown(work, step, frame, known.reason)
    if known.how == "dropped":
        work.record.dropped(step, known.reason)
        return inside(work, step, frame, frame) if step.body is not None else frame
    return _by_action(work, step, frame, known)


def _unknown(work: Work, step: Step, frame: Frame, task: str) -> Frame:
    if step.body is None:
        work.by_hand(step, frame, task)
        return frame
    # What is in the block is not the block's to lose.
    head = work.record.text(step).split("{", 1)[0].strip()
    comment = Made(comments=(f"TO DO by hand (line {step.span.line}): {task}", f"  {head} {{"))
    work.layout.add(replace(comment, source=step.span), frame, works=False, reads=False)
    work.record.manual(step, task)
    return inside(work, step, frame, frame)


def _by_action(work: Work, step: Step, frame: Frame, known: Conversion) -> Frame:
    said = {name: work.inline(value, frame) for name, value in step.named.items()}
    if known.first and step.positional:
        said[known.first] = work.inline(step.positional[0], frame)
    inputs: dict[str, Scalar] = {}
    for name, template in known.inputs.items():
        made = _filled(template, said) if isinstance(template, str) else template
        if made is None:
            work.by_hand(step, frame, f"call {known.uses}: {name} is not known before the run")
            return frame
        inputs[name] = made
    # A report of a failed test is what the failure is for.
    status = "!cancelled()" if known.always and frame.status is None else frame.status
    work.add(
        step,
        Made(name=known.name, uses=known.uses, inputs=inputs),
        replace(frame, status=status),
        works=False,
    )
    work.record.changed(step, known.uses)
    return frame


def _filled(template: str, said: Mapping[str, str | None]) -> str | None:
    missing: list[str] = []

    def value(found: re.Match[str]) -> str:
        given = said.get(found.group(1)) or found.group(2)
        if given is None:
            missing.append(found.group(1))
        return given or ""

    text = _ARGUMENT.sub(value, template)
    return None if missing else text


RULES: Mapping[str, Callable[[Work, Step, Frame], Frame]] = {
    "sh": shell_steps.shell,
    "bat": shell_steps.shell,
    "powershell": shell_steps.shell,
    "pwsh": shell_steps.shell,
    "echo": shell_steps.echo,
    "print": shell_steps.echo,
    "println": shell_steps.echo,
    "error": shell_steps.error,
    "unstable": shell_steps.unstable,
    "sleep": shell_steps.sleep,
    "writeFile": shell_steps.write_file,
    "checkout": transfers.checkout,
    "git": transfers.git,
    "stash": transfers.stash,
    "unstash": transfers.unstash,
    "archiveArtifacts": transfers.archive,
    "archive": transfers.archive,
    "publishHTML": transfers.publish_html,
    "deleteDir": transfers.delete_dir,
    "zip": transfers.zipped,
    "unzip": transfers.unzipped,
    "slackSend": messages.slack,
    "mail": messages.mail,
    "emailext": messages.mail,
    "build": other_workflows.build,
    "copyArtifacts": other_workflows.copy_artifacts,
    "input": other_workflows.wait_for_person,
    **dict.fromkeys(
        (
            "recordIssues",
            "recordCoverage",
            "publishCoverage",
            "cobertura",
            "jacoco",
            "checkstyle",
            "xunit",
        ),
        reports.kept_report,
    ),
}
