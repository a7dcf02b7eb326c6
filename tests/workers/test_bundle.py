"""A bundle is packed the same way every time, and unpacked only if it is nothing but files."""

import gzip
import io
import tarfile
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.bundle import (
    FILE_LIMIT,
    MANIFEST,
    SIZE_LIMIT,
    Bundle,
    BundleError,
    Manifest,
    Repair,
    artifact_key,
    check_path,
    pack,
    unpack,
)

ABOUT = Manifest(service_name="user-service", part="service")
JSON = ABOUT.model_dump_json().encode()
HOSTILE_PATHS = [
    "",
    ".",
    "..",
    "../x",
    "a/../../x",
    "a/..",
    "/etc/passwd",
    "//x",
    "./x",
    "a//b",
    "a/",
    "a/./b",
    "..\\x",
    "a\\b",
    "a\0b",
    "a\nb",
    "x" * 241,
]


def tar(*members: tuple[tarfile.TarInfo, bytes], manifest: bytes | None = JSON) -> bytes:
    """An uncompressed tar of these members, with a manifest unless there shall be none."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        if manifest is not None:
            archive.addfile(*_member(MANIFEST, manifest))
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return raw.getvalue()


def _member(
    name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, io.BytesIO]:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(content), kind, link
    return info, io.BytesIO(content)


def member(
    name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    return _member(name, content, kind, link)[0], content


def zipped(raw: bytes) -> bytes:
    return gzip.compress(raw, compresslevel=9)


def claiming(kind: bytes, size: int) -> bytes:
    """A member's header that claims a size, and zeros that bear it out as far as memory allows."""
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


def sparse(size: int) -> bytes:
    """A file of one byte that says it is as large as this."""
    info = tarfile.TarInfo("hole")
    info.pax_headers = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.map": f"{size - 1},1",
        "GNU.sparse.size": str(size),
    }
    info.size = 1
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(*_member(MANIFEST, JSON))
        archive.addfile(info, io.BytesIO(b"x"))
    return raw.getvalue()


def flood(header: bytes, size: int) -> bytes:
    """That header and `size` zeros behind it, compressed without ever being in memory."""
    raw = io.BytesIO()
    with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1, mtime=0) as out:
        out.write(header)
        for _ in range(size // (1 << 20)):
            out.write(bytes(1 << 20))
    return raw.getvalue()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "not gzip": lambda: tar(member("a", b"x")),
    "gzip of no tar": lambda: zipped(b"hello " * 200),
    "gzip of nothing": lambda: zipped(b""),
    "cut off": lambda: zipped(tar(member("a", b"x" * 5000)))[:-20],
    "cut off in the header": lambda: zipped(tar(member("a")))[:5],
    "cut off inside": lambda: zipped(tar(member("a", bytes(9000)))[:5000]),
    "followed by more": lambda: zipped(tar(member("a"))) + b"x",
    "followed by another": lambda: zipped(tar(member("a"))) * 2,
    "a damaged byte": lambda: zipped(tar(member("a", b"x")))[:-30] + bytes(30),
    "no manifest": lambda: zipped(tar(member("a", b"x"), manifest=None)),
    "no files and no manifest": lambda: zipped(tar(manifest=None)),
    "manifest that is not JSON": lambda: zipped(tar(manifest=b"{")),
    "manifest that is not UTF-8": lambda: zipped(tar(manifest=b"\xff\xff")),
    "manifest without fields": lambda: zipped(tar(manifest=b"{}")),
    "manifest of another kind": lambda: zipped(tar(manifest=b"[1]")),
    "manifest 1,000 deep": lambda: zipped(tar(manifest=b"[" * 1000 + b"]" * 1000)),
    "manifest with a wrong repair": lambda: zipped(
        tar(manifest=b'{"service_name": "a", "part": "b", "repairs": [{"rule": 1}]}')
    ),
    "manifest as a folder": lambda: zipped(
        tar(member(MANIFEST, kind=tarfile.DIRTYPE), manifest=None)
    ),
    "symbolic link": lambda: zipped(tar(member("a", kind=tarfile.SYMTYPE, link="/etc/passwd"))),
    "hard link": lambda: zipped(tar(member("a", kind=tarfile.LNKTYPE, link=MANIFEST))),
    "folder": lambda: zipped(tar(member("a", kind=tarfile.DIRTYPE))),
    "character device": lambda: zipped(tar(member("a", kind=tarfile.CHRTYPE))),
    "block device": lambda: zipped(tar(member("a", kind=tarfile.BLKTYPE))),
    "pipe": lambda: zipped(tar(member("a", kind=tarfile.FIFOTYPE))),
    "the same file twice": lambda: zipped(tar(member("a", b"x"), member("a", b"y"))),
    "a second manifest": lambda: zipped(tar(member(MANIFEST, JSON))),
    "a sparse file that claims 9 GB": lambda: zipped(sparse(9 * 10**9)),
    "too many files": lambda: zipped(tar(*(member(f"f{n}") for n in range(FILE_LIMIT + 1)))),
    **{
        f"path {path!r}": lambda path=path: zipped(tar(member(path, b"x")))  # type: ignore[misc]
        for path in HOSTILE_PATHS
        # A tar can't hold them: a name ends at its first NUL, a slash at its end makes a folder.
        if path and "\0" not in path
    },
}


@pytest.mark.parametrize("made", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_archive_is_refused_and_says_why(made: Callable[[], bytes]) -> None:
    with pytest.raises(BundleError) as caught:
        unpack(made())

    assert 0 < len(str(caught.value)) < 600


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_bomb_takes_no_more_memory_than_a_bundle_may(kind: bytes) -> None:
    bomb = flood(claiming(kind, 192 << 20), 192 << 20)
    tracemalloc.start()
    try:
        with pytest.raises(BundleError):
            unpack(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 3 * SIZE_LIMIT


@pytest.mark.parametrize("path", HOSTILE_PATHS)
def test_a_path_that_is_not_plain_makes_no_bundle(path: str) -> None:
    with pytest.raises(BundleError):
        check_path(path)
    with pytest.raises(BundleError):
        Bundle({path: b""}, ABOUT)
    with pytest.raises(BundleError):
        Bundle({"a": b""}, ABOUT).with_files({path: b""}, ABOUT)


@pytest.mark.parametrize("path", ["a", "a/b.c", "..a", "a..b", ".github/workflows/ci.yml", "ünï"])
def test_a_plain_path_is_taken(path: str) -> None:
    assert check_path(path) == path


def test_no_file_takes_the_place_of_the_manifest() -> None:
    with pytest.raises(BundleError, match="manifest"):
        Bundle({MANIFEST: b'{"service_name": "x", "part": "y", "made_by": "nobody"}'}, ABOUT)


PATHS = st.from_regex(r"[a-z0-9_.-]{1,20}(/[a-zé0-9_.-]{1,20}){0,3}", fullmatch=True).filter(
    lambda path: not {".", ".."} & set(path.split("/"))
)
FILES = st.dictionaries(PATHS, st.binary(max_size=200), max_size=6)


@given(files=FILES, notes=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=3))
def test_what_is_packed_is_unpacked(files: dict[str, bytes], notes: list[str]) -> None:
    repair = Repair(rule="r", severity="high", message="m", path="p", diff="-a\n+b", revision=2)
    before = Bundle(files, ABOUT.model_copy(update={"notes": tuple(notes), "repairs": (repair,)}))

    assert unpack(pack(before)) == before


@given(files=FILES)
def test_packing_depends_on_nothing_but_files_and_manifest(files: dict[str, bytes]) -> None:
    one, other = Bundle(files, ABOUT), Bundle(dict(reversed(files.items())), ABOUT)

    assert pack(one) == pack(other)
    assert artifact_key(pack(one)) == artifact_key(pack(other))


def test_a_changed_byte_changes_the_address() -> None:
    one, other = Bundle({"a": b"x"}, ABOUT), Bundle({"a": b"y"}, ABOUT)

    assert artifact_key(pack(one)) != artifact_key(pack(other))


def test_the_archive_names_no_time_and_no_owner() -> None:
    with tarfile.open(fileobj=io.BytesIO(pack(Bundle({"a": b"x"}, ABOUT)))) as archive:
        for info in archive:
            assert (info.mtime, info.uid, info.gid, info.uname, info.gname) == (0, 0, 0, "", "")
            assert info.mode == 0o644


def test_the_largest_bundle_that_may_be_made_can_be_read() -> None:
    files = {f"folder/f{n}": b"" for n in range(FILE_LIMIT - 1)}
    largest = Bundle({**files, "x" * 240: bytes(SIZE_LIMIT)}, ABOUT)

    assert unpack(pack(largest)).files.keys() == largest.files.keys()


def test_a_bundle_that_nobody_could_read_is_not_made() -> None:
    with pytest.raises(BundleError, match="too much"):
        Bundle({f"f{n}": b"" for n in range(FILE_LIMIT + 1)}, ABOUT)
    with pytest.raises(BundleError, match="too much"):
        Bundle({"a": bytes(SIZE_LIMIT), "b": b"x"}, ABOUT)
    with pytest.raises(BundleError, match="too much"):
        pack(Bundle({}, ABOUT.model_copy(update={"notes": ("x" * (2 * SIZE_LIMIT),)})))


def test_changing_files_leaves_the_bundle_before_as_it_was() -> None:
    before = Bundle({"a": b"1", "b": b"2"}, ABOUT)
    after = before.with_files({"b": b"3", "c": b"4"}, ABOUT.model_copy(update={"revision": 2}))

    assert before.files == {"a": b"1", "b": b"2"}
    assert after.files == {"a": b"1", "b": b"3", "c": b"4"}
    assert (before.manifest.revision, after.manifest.revision) == (1, 2)


@settings(max_examples=300)
@given(place=st.integers(0, 10_000), value=st.integers(0, 255), layer=st.booleans())
def test_a_damaged_archive_is_a_bundle_or_a_bundle_error(
    place: int, value: int, layer: bool
) -> None:
    packed = pack(Bundle({"app/main.py": b"print()\n" * 20, "ü": b""}, ABOUT))
    damaged = bytearray(gzip.decompress(packed) if layer else packed)
    damaged[place % len(damaged)] = value
    try:
        unpack(zipped(bytes(damaged)) if layer else bytes(damaged))
    except BundleError:
        return
