"""Signatures are botocore's, byte for byte."""

from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from workers.adapters.lean.line import Line
from workers.adapters.lean.pool import Address
from workers.adapters.lean.retries import Bounds
from workers.adapters.lean.services import SERVICES
from workers.adapters.lean.signature import Keys, Signer, moment

WORD = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789/+=_-.:", min_size=1, max_size=60)
NAME = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)
KEYS = st.builds(Keys, WORD, WORD, st.none() | WORD)
SECONDS = st.floats(0, 4_000_000_000)
# None of these is signed.
UNSIGNED = {"authorization", "connection", "expect", "user-agent", "x-amzn-trace-id", "date", "te"}


def botocores(
    keys: Keys, service: str, region: str, url: str, headers: dict[str, str], body: bytes
) -> str:
    """The authorization that botocore would give a request that has all its headers."""
    credentials = Credentials(keys.access_key, keys.secret_key, keys.token)
    auth = SigV4Auth(credentials, service, region)
    request = AWSRequest("POST", url, headers=headers, data=body)
    request.context["timestamp"] = headers["x-amz-date"]
    text = auth.string_to_sign(request, auth.canonical_request(request))
    names = auth.signed_headers(auth.headers_to_sign(request))
    return (
        f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, SignedHeaders={names}, "
        f"Signature={auth.signature(text, request)}"
    )


@given(
    keys=KEYS,
    service=NAME,
    region=NAME,
    seconds=SECONDS,
    more=st.dictionaries(NAME.filter(lambda name: name not in UNSIGNED), WORD, max_size=5),
    body=st.binary(max_size=300),
)
def test_a_signature_is_botocores(
    keys: Keys, service: str, region: str, seconds: float, more: dict[str, str], body: bytes
) -> None:
    date = moment(seconds)
    headers = {**more, "host": "h.example", "x-amz-date": date}
    own = Signer(service, region).authorization(keys, date, "/", headers, body)
    assert own == botocores(keys, service, region, "https://h.example/", headers, body)


@given(moments=st.lists(st.tuples(KEYS, SECONDS), min_size=2, max_size=6))
def test_a_new_day_and_new_keys_have_a_new_signing_key(moments: list[tuple[Keys, float]]) -> None:
    signer = Signer("sqs", "eu-west-1")
    for keys, seconds in moments:
        headers = {"host": "h", "x-amz-date": moment(seconds)}
        own = signer.authorization(keys, moment(seconds), "/", headers, b"")
        assert own == botocores(keys, "sqs", "eu-west-1", "http://h/", headers, b"")


@given(
    keys=KEYS,
    service=st.sampled_from(sorted(SERVICES)),
    host=st.sampled_from(["sqs.us-east-1.amazonaws.com", "127.0.0.1:4566", "[::1]:8", "h:443"]),
    path=st.sampled_from(["", "/", "/a", "/a/b~c", "/a%20b/"]),
    seconds=SECONDS,
    body=st.binary(max_size=300),
)
async def test_a_whole_request_is_signed_as_botocore_would(
    keys: Keys, service: str, host: str, path: str, seconds: float, body: bytes
) -> None:
    url = f"http://{host}{path}"
    line = Line(SERVICES[service], Address.of(url), "eu-west-1", Bounds())
    sent = line.request("Operation", keys, seconds, body)
    headers = headers_of(sent)
    authorization = headers.pop("authorization")
    signed = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"host", "x-amz-date", "x-amz-target", "content-type"} <= set(signed)
    assert sent.endswith(b"\r\n\r\n" + body)
    assert int(headers["content-length"]) == len(body)
    seen = {name: value for name, value in headers.items() if name in signed}
    assert authorization == botocores(keys, service, "eu-west-1", url, seen, body)


def test_no_representation_of_keys_holds_a_secret() -> None:
    assert repr(Keys("AKIA", "hush", "token")) == "Keys(access_key='AKIA', account=None)"


def headers_of(request: bytes) -> dict[str, Any]:
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return {name: value for name, _, value in (line.partition(": ") for line in lines)}
