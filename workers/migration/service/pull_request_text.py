"""The text of a pull request, as GitHub takes it. Pure."""

import re

from workers.redaction import redacted

# GitHub counts characters; it refuses what is longer.
LONGEST = 65_536
# They would call people, or close issues, by what a Jenkinsfile says.
_ACTIVE = re.compile(r"(?P<mark>[@#])(?=\w)")
_REST = "\n\n*The rest of the report stands in `{path}`.*\n"


def body(report: str, path: str) -> str:
    """The report without credentials, mentions and references; where it is too long, its start."""
    text = _ACTIVE.sub("\\g<mark>\u200b", redacted(report))
    if _length(text) <= LONGEST:
        return text
    rest = _REST.format(path=path)
    # Counted as whoever counts most does: as UTF-16.
    kept: list[str] = []
    left = LONGEST - _length(rest)
    for line in text.splitlines():
        left -= _length(line) + 1
        if left < 0:
            break
        kept.append(line)
    return "\n".join(kept) + rest


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2
