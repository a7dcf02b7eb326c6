"""Which files hold a pipeline. Pure."""

import re
from pathlib import PurePosixPath

from workers.migration.job_config.job import ROOTS
from workers.migration.job_config.xml_text import root_tag

# Beside a Jenkinsfile, and about it or for it.
_OTHERS = frozenset(
    {".adoc", ".go", ".html", ".java", ".js", ".json", ".kt", ".md", ".png", ".py", ".rb", ".rst",
     ".sh", ".ts", ".txt", ".yaml", ".yml"}
)  # fmt: skip
_PIPELINE = re.compile(
    r"^[ \t]*(?:pipeline|podTemplate|node|timestamps)\b[ \t]*(?:\([^)]*\))?[ \t]*\{", re.MULTILINE
)
_COMMENT = re.compile(r"/\*.*?\*/|^[ \t]*//[^\n]*$", re.DOTALL | re.MULTILINE)


def may_hold_pipeline(name: str) -> bool:
    """Whether a file has to be looked into, by its name alone."""
    path = PurePosixPath(name.lower())
    if path.suffix in _OTHERS:
        return False
    return (
        path.name.startswith("jenkinsfile")
        or path.suffix in (".jenkinsfile", ".groovy")
        or path.name == "config.xml"
    )


def holds_pipeline(name: str, content: bytes) -> bool:
    """Whether a file holds a pipeline or a job: a Jenkinsfile does, whatever is in it."""
    path = PurePosixPath(name.lower())
    if path.name == "config.xml":
        return root_tag(content) in ROOTS
    if path.suffix != ".groovy" or path.name.startswith("jenkinsfile"):
        return True
    text = content.decode("utf-8", errors="replace")
    return _PIPELINE.search(_COMMENT.sub("", text)) is not None
