"""What a script gives, its output or its status, put into a variable of the job."""

import re

from workers.migration.convert.frame import Frame
from workers.migration.convert.scripts import script
from workers.migration.convert.shell_steps import LANGUAGES, run
from workers.migration.convert.work import Work
from workers.migration.pipeline.nodes import Node, Value
from workers.migration.pipeline.values import Call
from workers.migration.replacing import replace

# Shells in which `name=$(…)` says what it says in sh.
_POSIX = re.compile(r"(?:ba|da|k|z)?sh(?: [\w -]+)? \{0\}")


def captured(work: Work, node: Node, call: Call, frame: Frame, name: str) -> bool:
    """`name = sh(returnStdout: true, …)` and `returnStatus`; False when it is neither."""
    text = call.named.get("script") or next(iter(call.positional), None)
    if call.name != "sh" or call.receiver is not None or text is None:
        return False
    wanted = {key for key in ("returnStdout", "returnStatus") if _yes(work, call, key, frame)}
    made = script(work.parts(text, frame), frame.scope, LANGUAGES[call.name])
    if len(wanted) != 1 or (made.shell and not _POSIX.fullmatch(made.shell)):
        return False
    whole = output_of(made.text, name) if "returnStdout" in wanted else _status(made.text, name)
    whole_script = replace(made, text=whole)
    planned = run(work, node, frame, whole_script, name=f"Set {name}", note=f"sets {name}")
    planned.sets = name
    return True


def script_call(value: Value) -> Call | None:
    """`sh(…)`, also with `.trim()` and the like behind it."""
    while isinstance(value, Call) and value.receiver is not None:
        if value.name not in ("trim", "toString", "toInteger", "strip"):
            return None
        value = value.receiver
    return value if isinstance(value, Call) else None


def output_of(text: str, name: str) -> str:
    """The output in a variable of the job, its last line ends cut as `trim` would."""
    body = text.rstrip("\n")
    head = f"{name}=$({body})" if "\n" not in body and "#" not in body else f"{name}=$(\n{body}\n)"
    write = f"{{ echo '{name}<<END_OF_{name}'; echo \"${name}\"; echo 'END_OF_{name}'; }}"
    return f'{head}\n{write} >> "$GITHUB_ENV"\n'


def _status(text: str, name: str) -> str:
    body = "\n".join(f"  {line}" if "<<" not in text else line for line in text.splitlines())
    return (
        f"set +e\n(\n  set -e\n{body}\n)\n{name}=$?\nset -e\n"
        f'echo "{name}=${name}" >> "$GITHUB_ENV"\n'
    )


def _yes(work: Work, call: Call, key: str, frame: Frame) -> bool:
    return work.constant(call.named.get(key), frame) == (True, True)
