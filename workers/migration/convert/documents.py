"""Files that a pipeline reads values from: which they are, and how a shell asks for a member. Pure.

jq, yq and Maven stand in the list of software of GitHub's runners.
"""

import re
from collections.abc import Callable

from workers.migration.convert.scope import Document, Part, Unknown
from workers.migration.pipeline.nodes import Value
from workers.migration.pipeline.values import Call

_WORD = re.compile(r"[A-Za-z_]\w*")
_DEFAULT_POM = "pom.xml"


def described(call: Call, parts: Callable[[Value], tuple[Part, ...]]) -> Document | None:
    """The document that `readJSON(file: …)` and its kind read; None where nobody knows which."""
    kinds = ("readJSON", "readYaml", "readProperties", "readMavenPom")
    if call.name not in kinds or call.receiver is not None:
        return None
    file, text = call.named.get("file"), call.named.get("text")
    if file is None and call.name == "readMavenPom":
        return Document(call.name, (_DEFAULT_POM,))
    if file is None and call.name != "readJSON":
        file = next(iter(call.positional), None)
    said = parts(file) if file is not None else parts(text) if text is not None else ()
    if not said or any(isinstance(each, Unknown) for each in said):
        return None
    return Document(call.name, said) if file is not None else Document(call.name, text=said)


def asked_for(document: Document, path: tuple[str | int, ...]) -> tuple[Part, ...] | None:
    """The command that prints a member of the document."""
    if document.kind == "readMavenPom":
        return _of_pom(document, path)
    if document.kind == "readProperties":
        return _of_properties(document, path)
    program = "jq -r" if document.kind == "readJSON" else "yq -r"
    return _fed((f"{program} '{_filter(path)}'",), document)


def _filter(path: tuple[str | int, ...]) -> str:
    made = "".join(
        f"[{each}]"
        if isinstance(each, int)
        else f".{each}"
        if _WORD.fullmatch(each)
        else '["' + each.replace("\\", "").replace('"', "").replace("'", "") + '"]'
        for each in path
    )
    return made if made.startswith(".") else f".{made}"


def _fed(command: tuple[Part, ...], document: Document) -> tuple[Part, ...]:
    if document.file:
        return (*command, ' "', *document.file, '"')
    return ("printf '%s\\n' \"", *document.text, '" | ', *command)


def _of_properties(document: Document, path: tuple[str | int, ...]) -> tuple[Part, ...] | None:
    if not path:
        return _fed(("cat",), document)
    if len(path) != 1 or not re.fullmatch(r"[\w.-]+", str(path[0])):
        return None
    key = re.escape(str(path[0])).replace("\\-", "-").replace("\\_", "_")
    return _fed((f"sed -n 's/^ *{key} *[=:] *//p'",), document)


def _of_pom(document: Document, path: tuple[str | int, ...]) -> tuple[Part, ...] | None:
    if not path or document.text or not all(re.fullmatch(r"[\w.-]+", str(x)) for x in path):
        return None
    expression = ".".join(str(each) for each in path).removeprefix("properties.")
    own = expression in ("version", "artifactId", "groupId", "name", "packaging", "description")
    expression = f"project.{expression}" if own or expression.startswith("parent.") else expression
    ask = f"mvn -q help:evaluate -Dexpression={expression} -DforceStdout"
    return (f'{ask} -f "', *document.file, '"')
