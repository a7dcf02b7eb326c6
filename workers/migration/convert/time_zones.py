"""Cron lines of another time zone in UTC, which is what GitHub reads. Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_HOUR = 3600
_DAY = 24
# Where a zone moves its clocks, winter and summer differ on these days; any year would do.
_WINTER, _SUMMER = datetime(2026, 1, 15), datetime(2026, 7, 15)


def in_utc(line: str, zone: str) -> tuple[str, bool] | None:
    """The line in UTC, and whether it is an hour off for a part of the year.

    None where it cannot be shifted: an unknown zone, a part of an hour, or a day that would change
    beside a day that is named.
    """
    offsets = _offsets(zone)
    fields = line.split()
    if offsets is None or len(fields) != 5:
        return None
    standard, moves = offsets
    hours = fields[1]
    if hours == "*" or standard == 0:
        return line, moves and hours != "*"
    if not all(each.isdigit() for each in hours.split(",")):
        return None
    shifted = [int(each) - standard for each in hours.split(",")]
    days = {each // _DAY for each in shifted}
    if days != {0} and (fields[2], fields[4]) != ("*", "*"):
        moved = _weekday(fields[4], days) if fields[2] == "*" else None
        if moved is None:
            return None
        fields[4] = moved
    fields[1] = ",".join(str(each) for each in sorted({each % _DAY for each in shifted}))
    return " ".join(fields), moves


def _offsets(zone: str) -> tuple[int, bool] | None:
    """The hours by which standard time is ahead of UTC, and whether clocks are moved."""
    try:
        info = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return None
    found = [each.replace(tzinfo=info).utcoffset() or timedelta() for each in (_WINTER, _SUMMER)]
    seconds = min(each.total_seconds() for each in found)
    if seconds % _HOUR:
        return None
    return int(seconds // _HOUR), found[0] != found[1]


def _weekday(field: str, days: set[int]) -> str | None:
    """Days of the week moved by a day; a range stays one where it does not pass the week's end."""
    if len(days) != 1:
        return None
    by = days.pop()
    ends = field.split("-")
    if len(ends) == 2 and all(each.isdigit() for each in ends):
        moved = [int(each) + by for each in ends]
        return f"{moved[0]}-{moved[1]}" if moved[0] >= 0 and moved[1] <= 6 else None
    if not all(each.isdigit() for each in field.split(",")):
        return None
    return ",".join(str((int(each) + by) % 7) for each in field.split(","))
