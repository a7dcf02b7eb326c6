"""Whatever comes in as a body is an event of the route, or is refused with a reason."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.claim_check import PAYLOAD_LIMIT, claim_check_of, is_payload_key, with_detail
from events.codec import decode, entry
from events.errors import Undecodable, Untrusted
from events.routes import ROUTES, Route
from schemas.envelope import Envelope
from tests.events.hostile import NOISE, good_bodies, routed

ROOT = Path(__file__).parents[2]
# As much as a dead letter's attribute may reasonably hold.
LONGEST_REASON = 20_000


def judged(body: str | bytes, route: Route) -> Envelope | None:
    """The event in a body, or None for one that was refused as it should be."""
    try:
        return decode(body, route)
    except (Undecodable, Untrusted) as error:
        reason = str(error)
        assert reason
        # It becomes an attribute, a log line and a line on a terminal.
        assert len(reason.encode()) < LONGEST_REASON
        return None


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_what_is_spoilt_here_was_good_before(route: Route) -> None:
    assert good_bodies(route)
    for body in good_bodies(route):
        assert judged(body, route) is not None


@given(route=st.sampled_from(ROUTES), noise=NOISE)
def test_noise_is_refused(route: Route, noise: str | bytes) -> None:
    assert judged(noise, route) is None


@given(routed())
def test_a_spoilt_event_is_refused_or_is_an_event_that_can_be_sent_again(
    sent: tuple[Route, str],
) -> None:
    route, body = sent
    envelope = judged(body, route)
    if envelope is None:
        return
    assert isinstance(envelope.event, route.event)
    assert len(envelope.id.encode()) > 0
    assert entry(envelope, limit=None)["DetailType"] == route.event.type
    again = judged(body, route)
    assert again is not None
    assert (again.id, again.event) == (envelope.id, envelope.event)


@given(sent=routed(), content=NOISE)
def test_a_claim_check_that_is_none_is_refused(sent: tuple[Route, str], content: object) -> None:
    route, body = sent
    payload = content.encode() if isinstance(content, str) else content
    assert isinstance(payload, bytes)
    try:
        claim = claim_check_of(body, route)
        if claim is None:
            return
        assert is_payload_key(claim.key)
        assert 0 <= claim.bytes <= PAYLOAD_LIMIT
        judged(with_detail(body, payload), route)
    except (Undecodable, Untrusted) as error:
        assert str(error)


COVERED = """
import atheris, sys
with atheris.instrument_imports(include=["events"]):
    from events import claim_check, codec
    from events.errors import Undecodable, Untrusted
    from events.routes import ROUTES
from tests.events.hostile import good_bodies

def one(data):
    for route in ROUTES[:3]:
        for read in (codec.decode, lambda body, route: claim_check.claim_check_of(
                body.decode("utf-8", "replace"), route)):
            try:
                read(data, route)
            except (Undecodable, Untrusted) as error:
                str(error).encode()

atheris.Setup([sys.argv[0], "-runs=20000", "-seed=7", "-verbosity=0", sys.argv[1]], one)
atheris.Fuzz()
"""


@pytest.mark.process
def test_a_fuzzer_that_sees_its_way_finds_nothing_else(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="`pip install atheris` fuzzes the codec by its coverage")
    for route in ROUTES[:3]:
        for place, body in enumerate(good_bodies(route)):
            (tmp_path / f"{route.name}-{place}").write_text(body)

    found = subprocess.run(
        [sys.executable, "-c", COVERED, str(tmp_path)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.returncode == 0, found.stderr[-3000:]
