"""Responses from bytes, however they are cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.adapters.lean.response import BadResponse, Response, ResponseParser

OK = b"HTTP/1.1 200 OK\r\nContent-Type: a\r\n"


def parsed(text: bytes, cuts: list[int] | None = None) -> Response | None:
    """Fed in pieces that end at the cuts."""
    parser = ResponseParser()
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts or [])})
    response = None
    for start, end in pairwise(places):
        assert response is None, "whole before its last byte"
        response = parser.feed(text[start:end])
    return response


def chunked(pieces: list[bytes]) -> bytes:
    return b"".join(b"%X;x=1\r\n%b\r\n" % (len(each), each) for each in pieces if each)


@given(body=st.binary(max_size=200), cuts=st.lists(st.integers(0, 400), max_size=6))
def test_a_body_with_a_length_is_whole_with_its_last_byte(body: bytes, cuts: list[int]) -> None:
    text = OK + b"Content-Length: %d\r\n\r\n" % len(body) + body
    assert parsed(text, cuts) == Response(
        200, {"content-type": "a", "content-length": str(len(body))}, body, reusable=True
    )


@given(
    pieces=st.lists(st.binary(max_size=60), max_size=5),
    trailer=st.sampled_from([b"", b"x-a: b\r\n"]),
    cuts=st.lists(st.integers(0, 600), max_size=8),
)
def test_chunks_are_one_body(pieces: list[bytes], trailer: bytes, cuts: list[int]) -> None:
    text = OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(pieces) + b"0\r\n" + trailer
    response = parsed(text + b"\r\n", cuts)
    assert response is not None
    assert response.body == b"".join(pieces)
    assert response.reusable


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    parser = ResponseParser()
    assert parser.feed(OK + b"\r\nsome") is None
    assert parser.feed(b" more") is None
    assert parser.end() == Response(200, {"content-type": "a"}, b"some more", reusable=False)


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"HTTP/1.1 200",
        OK + b"Content-Length: 5\r\n\r\nfour",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nfour",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n",
    ],
)
def test_the_end_of_the_connection_makes_nothing_else_whole(begun: bytes) -> None:
    parser = ResponseParser()
    assert parser.feed(begun) is None
    assert parser.end() is None


def test_what_comes_before_the_answer_is_none() -> None:
    text = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\na: b\r\n\r\n"
    response = parsed(text + b"HTTP/1.1 204 No\r\n\r\n")
    assert response == Response(204, {}, b"", reusable=True)


@pytest.mark.parametrize(
    ("head", "reusable"),
    [
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\n", False),
        (b"HTTP/1.0 200 OK\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n", True),
        # Two statements about where it ends.
        (b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n", False),
    ],
)
def test_a_connection_is_kept_only_where_both_agree(head: bytes, reusable: bool) -> None:
    text = head + b"Content-Length: 5\r\n\r\n0\r\n\r\n"
    response = parsed(text)
    assert response is not None
    assert response.reusable is reusable


def test_a_connection_that_says_more_than_it_announced_is_not_kept() -> None:
    response = parsed(OK + b"Content-Length: 1\r\n\r\nab")
    assert response is not None
    assert (response.body, response.reusable) == (b"a", False)


@pytest.mark.parametrize(
    "text",
    [
        b"ICY 200 OK\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        OK + b"Content-Length: \xb2\r\n\r\nab",
        OK + b" folded\r\n\r\n",
        OK + b"no colon\r\n\r\n",
        OK + b"Space : x\r\n\r\n",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 70_000,
        b"H" * 70_000,
    ],
)
def test_what_is_no_response_is_refused(text: bytes) -> None:
    with pytest.raises(BadResponse):
        parsed(text)
