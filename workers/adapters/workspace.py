"""Folders that hold a bundle's files."""

import asyncio
from pathlib import Path

from workers.bundle import Bundle, check_path


def unfold(bundle: Bundle, folder: Path) -> None:
    """Writes the files into a folder that is not there yet; no path leaves it."""
    folder.mkdir(parents=True)
    for path, content in bundle.files.items():
        target = folder / check_path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def holds(bundle: Bundle, folder: Path) -> bool:
    """Whether every file of the bundle is in the folder, byte for byte."""
    return all(
        (folder / path).is_file() and (folder / path).read_bytes() == content
        for path, content in bundle.files.items()
    )


async def remove(folder: Path) -> None:
    """Removes the folder, also one that untrusted code made deep, unreadable or full of links."""
    if await _succeeds("/bin/rm", "-rf", "--", str(folder)):
        return
    await _succeeds("/bin/chmod", "-R", "u+rwX", "--", str(folder))
    if not await _succeeds("/bin/rm", "-rf", "--", str(folder)):
        raise OSError(f"can't remove {folder}")


async def _succeeds(*argv: str) -> bool:
    process = await asyncio.create_subprocess_exec(
        *argv, stderr=asyncio.subprocess.DEVNULL, stdin=asyncio.subprocess.DEVNULL
    )
    return await process.wait() == 0
