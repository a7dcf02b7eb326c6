"""Stacks become shares of layers, and a picture; and the command says what it needs."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import flame, flame_graph, folded

LOOP = "_run_once (asyncio/base_events.py"
WRITE = "_write (workers/runtime/logs.py"
RAW = "\n".join(
    [
        f"main (run.py:1);{LOOP}:9);{WRITE}:40) 6",
        f"main (run.py:1);{LOOP}:9);{WRITE}:41) 1",
        f"main (run.py:1);{LOOP}:9);post (workers/adapters/lean/line.py:3);digest (hmac.py:2) 2",
        f"main (run.py:1);{LOOP}:9) 1",
        "main (run.py:1);sleep (time.py:9) 70",
        f"main (run.py:1);{LOOP}:9);select (selectors.py:468) 20",
        "no number",
    ]
)


def test_lines_of_one_call_belong_together() -> None:
    found = folded.stacks(RAW)

    assert sum(found.values()) == 100
    assert (
        found[
            "main (run.py)",
            "_run_once (asyncio/base_events.py)",
            "_write (workers/runtime/logs.py)",
        ]
        == 7
    )


def test_only_what_a_call_is_in_counts_from_that_call_on() -> None:
    kept = folded.only(folded.stacks(RAW), "_run_once")

    assert sum(kept.values()) == 10
    assert all(stack[0].startswith("_run_once") for stack in kept)


def test_the_innermost_call_of_a_layer_decides() -> None:
    found = folded.shares(folded.only(folded.stacks(RAW), "_run_once"))

    assert found == {"log": 0.7, "transport": 0.2, "event loop": 0.1}
    assert folded.layer(("main (run.py)",)) == folded.OTHER
    assert folded.shares({}) == {}


def test_a_picture_is_xml_with_a_box_a_call_and_nothing_that_runs() -> None:
    root = folded.tree(folded.only(folded.stacks(RAW), "_run_once"))
    picture = ElementTree.fromstring(flame_graph.svg(root, "a <title>"))
    titles = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}title")]

    assert "_write (workers/runtime/logs.py): 70.0%" in titles
    assert len(titles) == 4
    assert not list(picture.iter("{http://www.w3.org/2000/svg}script"))


def test_the_page_gives_each_layer_its_time() -> None:
    seen = folded.only(folded.stacks(RAW), "_run_once")
    profiles = [flame.Profile("botocore", 2.0, seen), flame.Profile("lean", 1.0, seen)]

    page = flame.page(profiles, "a machine", "0.1", "today")

    assert "| log | 1,400 | 70.0% | 700 | 70.0% |" in page
    assert "| **a message** | **2,000** | 100 % | **1,000** | 100 % |" in page


def test_without_the_profiler_the_command_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))

    with pytest.raises(flame.RunFailed, match="pip install py-spy"):
        flame._watch(1, 1, tmp_path / "stacks")


def test_a_consumer_is_watched_and_drawn(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.flame", "--seconds", "1", "--results", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if "ermission" in done.stderr:
        pytest.skip("this system lets no process look into another (ptrace)")

    assert done.returncode == 0, done.stderr
    assert "| **a message** |" in (tmp_path / "flame.md").read_text()
    for transport in ("botocore", "lean"):
        assert "Consumer" in (tmp_path / f"flame-{transport}.svg").read_text()
