"""Jenkins over a real socket, with the real client: what it gives, and what errors become."""

import datetime
import gzip
import ipaddress
import ssl
import subprocess
import sys
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.servers.jenkins_api import (
    FOLDER,
    MULTIBRANCH,
    PIPELINE,
    TOKEN,
    USER,
    Item,
    JenkinsApi,
    flow,
)
from tests.servers.recording import Answer, RecordingServer
from workers.adapters.bounded_http import Limits
from workers.adapters.jenkins import Jenkins
from workers.ports.remote import (
    Conflict,
    NotFound,
    Refused,
    RemoteError,
    Unauthorised,
    Unreachable,
)

QUICK = Limits(
    waits=timedelta(seconds=1), lasts=timedelta(seconds=2), size=100_000, backoff=timedelta(0)
)
PAIR = b64encode(f"{USER}:{TOKEN}".encode()).decode()


@pytest.fixture
def api() -> JenkinsApi:
    return JenkinsApi({"api": Item(PIPELINE, flow("node { sh 'make' }"))})


@pytest.fixture
def server(api: JenkinsApi) -> Iterator[RecordingServer]:
    with api.serve() as server:
        yield server


def of(server: RecordingServer, token: str = TOKEN) -> Jenkins:
    return Jenkins(server.url, USER, token, QUICK)


def test_items_are_found_however_deep(api: JenkinsApi, server: RecordingServer) -> None:
    # Deeper than one question reaches.
    deep = ["/".join(["f"] * depth) for depth in range(1, 25)]
    api.items |= {name: Item(FOLDER) for name in deep}
    api.items |= {
        f"{deep[-1]}/last": Item(PIPELINE, color="disabled"),
        "many": Item(MULTIBRANCH),
        "many/feature%2Fx": Item(PIPELINE),
        "ümläut job": Item(PIPELINE),
    }

    found = {each.name: each for each in of(server).jobs()}

    assert found.keys() == api.items.keys()
    assert found[f"{deep[-1]}/last"].disabled
    assert found["many"].type == MULTIBRANCH


@pytest.mark.parametrize("name", ["many/feature%2Fx", "ümläut job", "a?b#c", "a&x=1"])
def test_a_configuration_is_read_under_any_name(
    api: JenkinsApi, server: RecordingServer, name: str
) -> None:
    api.items |= {"many": Item(MULTIBRANCH), name: Item(PIPELINE, "<x>ü</x>")}

    assert of(server).config(name) == "<x>ü</x>"


@pytest.mark.parametrize("name", ["", "a/../b", "..", "a//b", "/a", "a\nb", "a\\b", "."])
def test_a_name_that_leads_elsewhere_is_not_asked_for(server: RecordingServer, name: str) -> None:
    with pytest.raises(Refused, match="no name of a job"):
        of(server).config(name)

    assert server.asked == []


def test_a_compressed_answer_is_read(server: RecordingServer) -> None:
    config = flow("node { sh 'make' }")
    body = gzip.compress(config.encode())
    server.instead["/job/api"] = [Answer(200, body, {"Content-Encoding": "gzip"})]

    assert of(server).config("api") == config


@pytest.mark.parametrize("crumbs", [True, False])
def test_a_job_is_created_with_and_without_crumbs(
    api: JenkinsApi, server: RecordingServer, crumbs: bool
) -> None:
    api.crumbs = crumbs
    api.items["team"] = Item(FOLDER)

    url = of(server).create_job("team/new", flow("node { echo 'ü' }"))

    assert url == f"{server.url}/job/team/job/new/"
    assert "echo 'ü'" in api.items["team/new"].config


def test_a_job_that_is_there_stays_as_it_is(api: JenkinsApi, server: RecordingServer) -> None:
    before = api.items["api"]

    with pytest.raises(Conflict, match="a job api already"):
        of(server).create_job("api", flow("node {}"))

    assert api.items["api"] is before
    assert {each.method for each in server.asked} == {"GET"}


def test_a_job_needs_its_folder(server: RecordingServer) -> None:
    with pytest.raises(NotFound):
        of(server).create_job("nowhere/new", flow("node {}"))


def test_what_creates_is_sent_once(server: RecordingServer) -> None:
    server.instead["/createItem"] = [Answer(503)]

    with pytest.raises(Unreachable):
        of(server).create_job("new", flow("node {}"))

    assert sum(each.method == "POST" for each in server.asked) == 1


def test_a_question_is_asked_again_after_a_gateways_error(server: RecordingServer) -> None:
    server.instead["/me/"] = [Answer(502), Answer(503), Answer(404)]
    client = of(server)
    with pytest.raises(NotFound):
        client.account()

    assert sum(each.path.startswith("/me/") for each in server.asked) == 3


ERRORS: dict[str, tuple[Answer, type[RemoteError], str]] = {
    "401": (Answer(401, TOKEN.encode()), Unauthorised, "valid token"),
    "403": (Answer(403, b"no"), Unauthorised, "who may read jobs"),
    "404": (Answer(404), NotFound, "name is right"),
    "429": (Answer(429, b"", {"Retry-After": "86400"}), Unreachable, "86400 seconds"),
    "400": (Answer(400, b"", {"X-Error": f"token={TOKEN}"}), Refused, "redacted"),
    "500": (Answer(500, b"Oops"), Unreachable, "server's log"),
    "html": (Answer(200, b"<html>Sign in</html>"), Refused, "not answer as Jenkins"),
    "list": (Answer(200, b"[1]"), Refused, "not answer as Jenkins"),
    "deep": (Answer(200, b"[" * 50_000), Refused, "not answer as Jenkins"),
    "empty": (Answer(200, b""), Refused, "not answer as Jenkins"),
    "huge": (Answer(200, b" " * 100_001), Refused, "over 100000 bytes"),
    "bomb": (
        Answer(200, gzip.compress(b" " * 20_000_000), {"Content-Encoding": "gzip"}),
        Refused,
        "over 100000 bytes",
    ),
    "slow": (Answer(200, b"{", drip=True), Unreachable, "in time"),
    "away": (Answer(302, b"", {"Location": "/login?from=x"}), Refused, "sends us elsewhere"),
}
CALLS: dict[str, Callable[[Jenkins], object]] = {
    "account": lambda client: client.account(),
    "jobs": lambda client: client.jobs(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("error", ERRORS)
def test_an_error_says_what_helps_and_no_token(
    server: RecordingServer, error: str, call: Callable[[Jenkins], object]
) -> None:
    answer, kind, words = ERRORS[error]
    server.instead |= {"/me/": [answer], "/api/": [answer]}

    with pytest.raises(kind, match=words) as raised:
        call(of(server))

    assert "\n" not in str(raised.value)
    printed = "".join(traceback.format_exception(raised.value))
    assert TOKEN not in printed
    assert PAIR not in printed


def test_a_wrong_token_is_said_to_be_one(server: RecordingServer) -> None:
    with pytest.raises(Unauthorised):
        of(server, "wrong").account()


def test_no_redirect_takes_the_token_along(api: JenkinsApi, server: RecordingServer) -> None:
    with JenkinsApi().serve() as other:
        server.instead["/me/"] = [Answer(302, b"", {"Location": f"{other.url}/me/api/json"})]

        with pytest.raises(Refused):
            of(server).account()

        assert other.asked == []


def test_a_server_that_is_not_there_is_unreachable(server: RecordingServer) -> None:
    with JenkinsApi().serve() as gone:
        url = gone.url

    with pytest.raises(Unreachable, match="URL is right"):
        Jenkins(url, USER, TOKEN, QUICK).account()


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://host/", "gopher://host", "", "host:80", "http://", "http://[::1",
     "https://ada:secret@host/", "http://host/?q=1", "http://host/#x", "http://ho st/",
     "http://host:99999/", "http://169.254.169.254/", "http://[fe80::1]/", "http://0.0.0.0/",
     "http://[::ffff:169.254.169.254]/", "http://host\\@other/"],
)  # fmt: skip
def test_an_address_that_may_not_be_asked_is_refused(url: str) -> None:
    with pytest.raises(Refused) as raised:
        Jenkins(url, USER, TOKEN)

    assert "secret" not in str(raised.value)


def test_only_hosts_of_the_list_are_asked(server: RecordingServer) -> None:
    with pytest.raises(Refused, match=r"127\.0\.0\.1 is not one of the hosts"):
        Jenkins(server.url, USER, TOKEN, Limits(hosts=frozenset({"ci.example.com"})))


def test_a_certificate_is_trusted_only_with_its_authority(
    api: JenkinsApi, tmp_path: Path
) -> None:  # fmt: skip
    certificate, context = _certificate(tmp_path)
    with api.serve(context) as server:
        with pytest.raises(Unreachable, match="not trusted"):
            of(server).account()
        assert server.asked == []

        given = Limits(authorities=str(certificate))
        assert Jenkins(server.url, USER, TOKEN, given).account().user == USER


def test_a_missing_library_is_one_line() -> None:
    lines = (
        "import sys; sys.modules.update(jenkins=None, github=None)",
        "from workers.adapters.jenkins import Jenkins",
        "from workers.adapters.github import GitHub",
        "from workers.ports.remote import NotInstalled",
        "for make in (lambda: Jenkins('http://h', 'u', 't'), lambda: GitHub('t')):",
        "    try: make()",
        "    except NotInstalled as error: print(error)",
    )
    run = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True
    )

    mend = "pip install 'flotilla[migration]'"
    assert run.stdout.splitlines() == [
        f"python-jenkins is not installed: {mend}",
        f"PyGithub is not installed: {mend}",
    ]


def _certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """One that signs itself, for 127.0.0.1."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    hosts = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(hosts, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    return certificate, context
