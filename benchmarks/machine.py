"""The machine that a measurement was made on."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path


def machine() -> str:
    """Processor, cores, memory and system, in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    cores = len(os.sched_getaffinity(0))
    system = f"{platform.system()} {platform.release()}"
    return f"{_processor()}, {cores} cores, {memory:.0f} GB, {system}"


def load() -> str:
    """How busy the machine is with anything at all."""
    return f"{os.getloadavg()[0]:.1f}"


def now() -> str:
    """The date and the time, as pages give them."""
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
