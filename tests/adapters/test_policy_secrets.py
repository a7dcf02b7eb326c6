"""The secret scanner: what it finds, what it leaves alone, what it never tells."""

import pytest

from workers.adapters.detect_secrets import FILE_BYTES, DetectSecrets

HEX = "3b4e6f1a9c8d7e5f0a1b2c3d4e5f60718293a4b5c6d7e8f9001122334455aabb"
COMMIT = HEX[:40]
# Put together here, so that no scanner finds them in this file.
KEY = "AKIA" + "IOSFODNN7EXAMPLA"
HEADER = "-----BEGIN RSA " + "PRIVATE KEY-----"
LOGIN = "postgresql://svc:" + "Hx7-kk21@db.prod.internal/users"


async def lines(path: str, text: str) -> list[str | None]:
    return [violation.resource for violation in await DetectSecrets().scan({path: text.encode()})]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app.py", f'KEY = "{KEY}"'),
        ("app.py", f'KEY = "{KEY}"  # pragma: allowlist secret'),
        ("app.py", 'password = "hunter2hunter2"'),
        ("app.py", f'signature = "{HEX}"'),
        ("poetry.lock", HEADER),
        ("swagger/notes.css", HEADER),
        ("deploy.yml", "DB_PASSWORD: hunter2hunter2"),
        ("main.tf", 'password = "hunter2hunter2"'),
        (".env", f"DATABASE_URL={LOGIN}"),
        ("tests/test_a.py", 'password = "hunter2hunter2"'),
        ("requirements.txt", f"# --hash=sha256:{HEX} {KEY}"),
        ("readme.md", f"{LOGIN} and not postgresql://user:password@host/x"),
        ("readme.md", "https://u:pw1234@host/ https://u:pw1234@db.corp.net/"),
    ],
)
async def test_a_credential_is_found(path: str, text: str) -> None:
    assert await lines(path, text) == ["line 1"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements.txt", f"a==1 \\\n    --hash=sha256:{HEX} \\\n    --hash=sha256:{HEX}"),
        ("uv.lock", f'sdist = {{ url = "https://x.example/a", hash = "sha256:{HEX}" }}'),
        ("poetry.lock", f'content-hash = "{HEX}"'),
        (
            ".github/workflows/ci.yml",
            f"steps:\n  - uses: a/b@{COMMIT} # v4\n  - uses: 'c/d@{COMMIT}'",
        ),
        ("Dockerfile", f'FROM "python@sha256:{HEX}"'),
        ("k8s.yaml", f"image: python@sha256:{HEX}"),
        ("migrations/0001.py", 'revision = "1f2e3d4c5b6a"'),
        ("settings.py", 'description="postgresql://user:password@host:5432/name"'),
        ("README.md", "postgresql://app:word@localhost/x redis://app:word@db.example.com"),
        ("tests/test_db.py", 'url = "postgresql://me:word@db.internal/x"'),
        ("tests/test_db.py", '    assert url.password == "a/b@c"'),
        ("main.tf", "password = var.db_password"),
        ("ci.yml", "PASSWORD: ${{ secrets.PASSWORD }}"),
        ("app.py", 'bind = "8.8.8.8"'),
        ("logo.png", f"\x00 {KEY}"),
        ("empty", ""),
    ],
)
async def test_what_is_no_secret_is_left_alone(path: str, text: str) -> None:
    assert await lines(path, text) == []


async def test_the_message_names_the_place_and_the_kind_and_never_the_secret() -> None:
    files = {"b.py": b"", "a/settings.py": f'\n\n\nKEY = "{KEY}"\r\n'.encode()}

    (violation,) = await DetectSecrets().scan(files)

    assert violation.message == "a/settings.py:4 holds what looks like a secret (AWS Access Key)"
    assert (violation.rule, violation.severity, violation.remedy) == (
        "no-secrets",
        "critical",
        "advisory",
    )
    assert KEY not in violation.model_dump_json()


async def test_a_byte_that_is_no_text_hides_nothing() -> None:
    found = await DetectSecrets().scan({"a.py": b"\xff\n" + KEY.encode()})

    assert [violation.resource for violation in found] == ["line 2"]


async def test_what_is_too_large_to_be_searched_does_not_pass() -> None:
    (violation,) = await DetectSecrets().scan({"a.txt": b"x" * (FILE_BYTES + 1)})

    assert "too large" in violation.message


@pytest.mark.parametrize(
    "bomb",
    [
        b"a: &a [x, x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n",
        b"[" * 20_000 + b"]" * 20_000,
        b"- " * 3_000 + b"x",
    ],
)
async def test_yaml_is_never_unfolded_for_the_scan(bomb: bytes) -> None:
    """A secret beside what would unfold without end is found all the same."""
    secret = f"\naws_key: {KEY}\n".encode()
    found = await DetectSecrets().scan({"k8s/config.yaml": bomb + secret})
    assert [each.rule for each in found] == ["no-secrets"]
