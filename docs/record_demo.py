"""Draws docs/images/demo.svg from a real run of the demo.

python docs/record_demo.py
"""

import io
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

IMAGE = Path(__file__).parent / "images" / "demo.svg"
# A picture that is shown from a repository may not load fonts from elsewhere.
WEB_FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)


def main() -> int:
    """Runs the demo and returns its exit code; only a run that completed is drawn."""
    command = [sys.executable, "-m", "workers", "demo"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if run.returncode == 0:
        IMAGE.parent.mkdir(exist_ok=True)
        # Where it was recorded is nobody's business.
        IMAGE.write_text(picture(run.stdout.replace(f"{Path.cwd()}/", "")))
    return run.returncode


def picture(output: str) -> str:
    """The output as an SVG, without the lines that only say what is waited for."""
    console = Console(record=True, width=132, file=io.StringIO())
    console.print(Text("$ make demo", style="bold"))
    for line in output.splitlines():
        if " s  ... " not in line:
            console.print(_shown(line), overflow="ellipsis", no_wrap=True)
    return WEB_FONTS.sub("", console.export_svg(title="flotilla demo"))


def _shown(line: str) -> Text:
    """The line in the colours that a terminal would show."""
    # An SVG drops the blanks at the start of a line, and with them the alignment.
    text = Text(f"│{line}")
    if re.search(r"\.(failed|violated|detected) ", line):
        text.stylize("yellow")
    elif re.search(r"\.(completed|passed|verified) ", line) or " completed in " in line:
        text.stylize("green")
    return text


if __name__ == "__main__":
    raise SystemExit(main())
