"""Steps that run a script, and those that a line of shell says as well."""

import shlex
from functools import partial

from workers.migration.actions.model import Step as Made
from workers.migration.actions.runners import system
from workers.migration.convert.frame import Frame
from workers.migration.convert.layout import Planned
from workers.migration.convert.quoting import quoted_in_shell
from workers.migration.convert.scope import Part
from workers.migration.convert.scripts import Language, Script, script
from workers.migration.convert.work import Work, label
from workers.migration.ledger import Verdict
from workers.migration.pipeline.nodes import Node
from workers.migration.pipeline.steps import Step
from workers.migration.replacing import replace

LANGUAGES: dict[str, Language] = {
    "sh": "sh",
    "bat": "bat",
    "powershell": "powershell",
    "pwsh": "powershell",
}


def shell(work: Work, step: Step, frame: Frame) -> Frame:
    """`sh`, `bat`, `powershell` and `pwsh`."""
    text = step.named.get("script") or next(iter(step.positional), None)
    if text is None:
        work.by_hand(step, frame, f"{step.kind} has no script")
        return frame
    made = script(work.parts(text, frame), frame.scope, LANGUAGES[step.kind])
    if not made.text.strip():
        work.record.dropped(step, "an empty script")
        return frame
    named = work.inline(step.named.get("label"), frame)
    run(work, step, frame, made, name=named, kind=step.kind)
    return frame


def run(work: Work, node: Node, frame: Frame, made: Script, **said: str | None) -> Planned:
    """Lays out a script with all that its surroundings ask of it.

    `said` has its name and kind, a note for the ledger, and quiet where it needs no files.
    """
    kind = said.get("kind") or "sh"
    text = _surrounded(made.text, frame, kind)
    laid_out = Made(
        name=said.get("name") or label(made.text),
        run=text,
        shell="pwsh" if kind == "pwsh" else made.shell,
        working_directory=frame.directory,
        env=made.env,
    )
    quiet = said.get("quiet") is not None
    planned = work.add(node, laid_out, frame, works=not quiet, reads=not quiet)
    _recorded(work, node, frame, made, kind, said.get("note"))
    return planned


def echo(work: Work, step: Step, frame: Frame) -> Frame:
    """`echo` and `print`."""
    text = work.parts(step.named.get("message") or next(iter(step.positional), None), frame)
    _line(work, step, frame, "echo", text)
    return frame


def error(work: Work, step: Step, frame: Frame) -> Frame:
    """`error`: the message, then the failure."""
    text = work.parts(step.named.get("message") or next(iter(step.positional), None), frame)
    _line(work, step, frame, "error", text)
    return frame


def unstable(work: Work, step: Step, frame: Frame) -> Frame:
    """`unstable`: a warning; GitHub has no result between success and failure."""
    text = work.parts(step.named.get("message") or next(iter(step.positional), None), frame)
    _line(work, step, frame, "unstable", text)
    return frame


def sleep(work: Work, step: Step, frame: Frame) -> Frame:
    """`sleep`, in seconds unless it says otherwise."""
    time = work.fixed(step.named.get("time") or next(iter(step.positional), None), frame)
    unit = work.fixed(step.named.get("unit"), frame) or "SECONDS"
    if time is None:
        work.by_hand(step, frame, "how long to sleep is not known before the run")
        return frame
    seconds = int(float(time) * SECONDS.get(unit, 1)) or 1
    run(work, step, frame, Script(f"sleep {seconds}", {}), quiet="sleep")
    return frame


def write_file(work: Work, step: Step, frame: Frame) -> Frame:
    """`writeFile`: a here-document, or printf where a value is put in."""
    path = work.fixed(step.named.get("file"), frame)
    text = work.fixed(step.named.get("text"), frame)
    if path is None or text is None or "\nEND_OF_FILE\n" in text:
        work.by_hand(step, frame, "the file's name or text is not known before the run")
        return frame
    where = shlex.quote(path)
    end = "" if text.endswith("\n") or not text else "\n"
    body = f"cat > {where} <<'END_OF_FILE'\n{text}{end}END_OF_FILE\n"
    if "/" in path:
        body = f"mkdir -p {shlex.quote(path.rpartition('/')[0] or '/')}\n{body}"
    plain = replace(frame, retries=None, prelude=())
    run(work, step, plain, Script(body, {}), name=f"Write {path}")
    return frame


SECONDS = {
    "NANOSECONDS": 1e-9,
    "MICROSECONDS": 1e-6,
    "MILLISECONDS": 1e-3,
    "SECONDS": 1,
    "MINUTES": 60,
    "HOURS": 3600,
    "DAYS": 86400,
}


def _line(work: Work, step: Step, frame: Frame, kind: str, text: tuple[Part, ...]) -> None:
    whole = text or ("",)
    one = _Message(kind)
    made = script(one.around(whole), frame.scope, "sh")
    # A message is no program: on Windows it is printed by the same shell as everywhere.
    bash = frame.placement is not None and system(frame.placement.runs_on) == "windows"
    made = replace(made, shell="bash" if bash else None)
    run(work, step, frame, made, name=one.name, note=one.note, quiet=kind)


class _Message:
    """What is printed for echo, error and unstable."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = {"echo": None, "error": "Fail", "unstable": "Warn"}[kind]
        self.note = "a warning instead of an unstable build" if kind == "unstable" else None

    def around(self, text: tuple[Part, ...]) -> tuple[Part, ...]:
        head = {"echo": "", "error": "::error::", "unstable": "::warning::"}[self.kind]
        tail = "\nexit 1" if self.kind == "error" else ""
        several = any(isinstance(each, str) and "\n" in each for each in text)
        start = "printf '%s\\n' \"" if several else 'echo "'
        quoted = (quoted_in_shell(each) if isinstance(each, str) else each for each in text)
        return (f"{start}{head}", *quoted, f'"{tail}')


def _surrounded(text: str, frame: Frame, kind: str) -> str:
    if kind == "sh" and frame.prelude:
        text = "\n".join([*frame.prelude, text])
    if kind == "sh" and frame.retries and frame.retries > 1:
        text = _retried(text, frame.retries)
    return text if "\n" not in text or text.endswith("\n") else f"{text}\n"


def _retried(text: str, times: int) -> str:
    """The script tried several times, each time in a shell that stops at its first error."""
    end = "END_OF_ATTEMPT"
    body = text if text.endswith("\n") else f"{text}\n"
    return (
        f"cat > \"$RUNNER_TEMP/attempt.sh\" <<'{end}'\n{body}{end}\n"
        "attempt=1\n"
        'until sh -e "$RUNNER_TEMP/attempt.sh"; do\n'
        f'  if [ "$attempt" -ge {times} ]; then exit 1; fi\n'
        "  attempt=$((attempt + 1))\n"
        "done\n"
    )


def _recorded(
    work: Work, node: Node, frame: Frame, made: Script, kind: str, note: str | None
) -> None:
    for name, source in made.missing:
        work.record.manual(node, f"set {name} to what `{source}` gives; the step fails until then")
    if made.missing:
        return
    mark = partial(work.record.at, node.span)
    changed = note or (f"tried up to {frame.retries} times in a loop" if frame.retries else "")
    if frame.retries and kind != "sh":
        mark(Verdict.MANUAL, f"try it up to {frame.retries} times")
    else:
        mark(Verdict.CHANGED if changed else Verdict.KEPT, changed)
