"""Timestamps: RFC 3339 in, fixed-width UTC out, so that they sort as text."""

import re
from datetime import UTC, datetime, timedelta

_RFC_3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))",
    re.ASCII,
)
RFC_3339_PATTERN = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
"""What `parse_timestamp` accepts, except that it knows the calendar too."""


def parse_timestamp(text: str) -> str:
    """Return an RFC 3339 timestamp with a zone as `YYYY-MM-DDTHH:MM:SS.nnnnnnnnnZ`.

    Digits beyond nanoseconds are cut off. Raises ValueError.
    """
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise ValueError("must be a date and time with a zone, as in 2026-11-29T06:00:04Z")
    year, month, day, hour, minute, second = (int(part) for part in match.group(1, 2, 3, 4, 5, 6))
    sign, offset_hours, offset_minutes = match.group(8, 9, 10)
    leap = second == 60
    moment = datetime(year, month, day, hour, minute, 59 if leap else second, tzinfo=UTC)
    try:
        if sign:
            if int(offset_hours) > 23 or int(offset_minutes) > 59:
                raise ValueError("the offset of the zone is out of range")
            offset = timedelta(hours=int(offset_hours), minutes=int(offset_minutes))
            moment = moment - offset if sign == "+" else moment + offset
        if leap:
            if (moment.hour, moment.minute) != (23, 59):
                raise ValueError("second 60 stands only at the end of a UTC day")
            moment += timedelta(seconds=1)
    except OverflowError:
        raise ValueError("the year is out of range") from None
    nanoseconds = (match.group(7) or "")[:9].ljust(9, "0")
    return f"{_seconds(moment)}.{nanoseconds}Z"


def format_milliseconds(milliseconds: int) -> str:
    """Return milliseconds since 1970 as `YYYY-MM-DDTHH:MM:SS.mmmZ`."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{_seconds(moment)}.{milliseconds % 1000:03d}Z"


def checked_milliseconds(text: str) -> str:
    """Return the text if it is as `format_milliseconds` writes it. Raises ValueError."""
    # Many times faster than `parse_timestamp`: bus messages have three with every product.
    moment = datetime.fromisoformat(text)
    if f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z" != text:
        raise ValueError("not a UTC timestamp with milliseconds")
    return text


def to_milliseconds(timestamp: str) -> int:
    """Return milliseconds since 1970 of a timestamp from this module, cut off below that."""
    moment = datetime.fromisoformat(timestamp[:19] + "+00:00")
    return int(moment.timestamp()) * 1000 + int(timestamp[20:23])


def _seconds(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")
