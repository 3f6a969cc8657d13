"""The values that `--vary PATH=...` gives a setting: ranges, lists and words, read by what the setting takes.

0s..30m            evenly, with steps that are round
0s..30m/7          seven values, evenly
0s..30m by 30s     with this step
1s..1h log/9       each so many times the one before
0s,30s,2m          these
-10m..+10m         a moment: earlier and later than the file has it
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import attrs

from dcsim.domain.moment import DURATION_FORMS, UNITS, Moment, duration, moment, spell, write
from dcsim.files.findings import suggest
from dcsim.files.loose_times import duration_hint
from dcsim.files.scalar_parsers import MOST_DURATION
from dcsim.files.yaml_scalars import spelled
from dcsim.report.sweep import on_scale
from dcsim.usecases.request import RequestError
from dcsim.usecases.sweep.settings import Setting

MOST_VALUES = 10_000
USUAL = 13
"""The most values that a range has of itself."""
TIMED = ("duration", "moment", "time")
"""The sorts of settings that lie on a scale of milliseconds."""
SCALED = (*TIMED, "count", "number")
_ROUND = sorted(
    factor * UNITS[unit]
    for unit, factors in {
        "ms": (1, 2, 5, 10, 20, 50, 100, 200, 500),
        "s": (1, 2, 5, 10, 15, 30),
        "m": (1, 2, 5, 10, 15, 30),
        "h": (1, 2, 3, 6, 12),
        "d": (1, 2, 5, 10, 20, 50, 100),
    }.items()
    for factor in factors
)
_DIGITS = 9
_RANGE = re.compile(
    r"(?P<low>.+?)\.\.(?P<high>.+?)(?:\s+by\s+(?P<step>\S+)|(?P<log>\s+log)?\s*(?:/\s*(?P<count>\d{1,6}))?)"
)
_SIGNED = re.compile(r"([+-]?)\s*(\w+)")


@attrs.frozen
class SweptValue:
    """A value of a setting: how it is shown, how the file has it (YAML), and where it lies on the scale, if on one."""

    shown: str
    written: str
    number: int | float | None = None


@attrs.frozen
class Varied:
    """A setting with the values that it gets, in their order."""

    setting: Setting
    values: tuple[SweptValue, ...]

    @property
    def scaled(self) -> bool:
        """Whether all values lie on a scale."""
        return all(value.number is not None for value in self.values)


def varied(setting: Setting, text: str) -> Varied:
    """The values that a text gives a setting. RequestError where it is none of the forms."""
    values: dict[str, SweptValue] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        for value in _part(setting, part):
            values.setdefault(value.written, value)
        if len(values) > MOST_VALUES:
            raise RequestError(f"'{setting.path}={text}' gives more than {MOST_VALUES:,} values")
    if not values:
        raise RequestError(f"'{setting.path}' gets no value; it takes {setting.takes}")
    return Varied(setting, tuple(values.values()))


def ends(setting: Setting, text: str) -> tuple[int, int]:
    """The two ends of a range, on the scale of the setting. RequestError where it has none."""
    found = _RANGE.fullmatch(text.strip())
    if setting.sort not in SCALED or setting.sort == "number":
        raise RequestError(f"'{setting.path}' has no order to search in: it takes {setting.takes}")
    if not found:
        given, example = f", found '{text}'" if text else "", f"{setting.short}={_example(setting)}"
        raise RequestError(f"'{setting.path}' is searched in a range, such as {example}{given}")
    low, high = (int(number_of(setting, found[name])) for name in ("low", "high"))
    if low >= high:
        raise RequestError(f"'{setting.path}={text}': the range is empty, or begins with its end")
    return low, high


def value_on(setting: Setting, number: float) -> SweptValue:
    """The value at a point of the scale of a setting."""
    if setting.sort == "duration":
        text = spell(int(number))
        return SweptValue(text, text, int(number))
    if setting.sort in ("moment", "time"):
        return _shifted(setting, int(number))
    text = str(int(number)) if setting.sort == "count" else f"{number:.{_DIGITS}g}"
    return SweptValue(text, text, number)


def number_of(setting: Setting, text: str) -> int | float:
    """Where a text lies on the scale of a setting. RequestError where it cannot be read."""
    if setting.sort == "duration":
        return _milliseconds(setting, text.strip())
    if setting.sort in ("moment", "time"):
        sign, rest = _signed(setting, text)
        return sign * _milliseconds(setting, rest)
    with suppress(ValueError):
        return int(text.replace("_", "")) if setting.sort == "count" else float(text)
    raise RequestError(f"'{text}' cannot be a value of '{setting.path}', which takes {setting.takes}")


def _part(setting: Setting, part: str) -> Iterable[SweptValue]:
    found = _RANGE.fullmatch(part)
    if found and setting.sort in SCALED:
        return (value_on(setting, number) for number in _numbers(setting, part, found))
    return (_single(setting, part),)


def _single(setting: Setting, text: str) -> SweptValue:
    if setting.sort == "flag" and text not in ("true", "false"):
        raise RequestError(f"'{setting.path}' takes true or false, found '{text}'")
    if setting.sort == "word" and text not in setting.words:
        raise RequestError(f"'{text}' cannot be a value of '{setting.path}'; {suggest(text, setting.words)}")
    if setting.sort == "moment" and not text.startswith(("+", "-")) and text != "0s":
        return SweptValue(text, spelled(_moment(setting, text)))
    if setting.sort == "time" and ":" in text:
        return SweptValue(text, text)
    if setting.sort in SCALED:
        return value_on(setting, number_of(setting, text))
    return SweptValue(text, text if setting.sort == "flag" else spelled(text))


def _numbers(setting: Setting, part: str, found: re.Match[str]) -> Iterator[int | float]:
    low, high = number_of(setting, found["low"]), number_of(setting, found["high"])
    if low > high:
        raise RequestError(f"'{setting.path}={part}': the range begins with its end")
    many = int(found["count"] or 0)
    if found["count"] and not 2 <= many <= MOST_VALUES:
        raise RequestError(f"'{setting.path}={part}': a range has from 2 to {MOST_VALUES:,} values")
    if found["log"]:
        if low <= 0:
            raise RequestError(f"'{setting.path}={part}': a logarithmic range begins above zero")
        yield from _log(low, high, many or 9, whole=setting.sort != "number")
        return
    step = _step(setting, part, found, high - low)
    if many:
        yield from _even(low, high, many, whole=setting.sort != "number")
        return
    if (high - low) / step > MOST_VALUES:
        raise RequestError(f"'{setting.path}={part}' gives more than {MOST_VALUES:,} values")
    yield low
    # With a step of its own choice, the values are multiples of it, such as 0 between -10m and +2h.
    start = low if found["step"] else low // step * step
    for at in range(1, int((high - start) / step) + 1):
        number = round(start + at * step, _DIGITS)
        if low < number < high:
            yield number
    # The end of a range belongs to it, also where the last step is shorter.
    if high > low:
        yield high


def _step(setting: Setting, part: str, found: re.Match[str], width: float) -> int | float:
    if found["step"]:
        step = number_of(attrs.evolve(setting, sort="duration") if setting.sort in TIMED else setting, found["step"])
        if step <= 0:
            raise RequestError(f"'{setting.path}={part}': a step is longer than zero")
        return step
    if setting.sort in TIMED:
        return next((one for one in _ROUND if width / one < USUAL), _ROUND[-1])
    if setting.sort == "number":
        return width / 10 or 1
    scale: Iterator[int] = (factor * 10**power for power in range(19) for factor in (1, 2, 5))
    return next(one for one in scale if width / one < USUAL)


def _even(low: float, high: float, many: int, *, whole: bool) -> Iterator[int | float]:
    for at in range(many):
        number = low + (high - low) * at / (many - 1)
        yield round(number) if whole else round(number, _DIGITS)


def _log(low: float, high: float, many: int, *, whole: bool) -> Iterator[int | float]:
    for at in range(many):
        number = low * (high / low) ** (at / (many - 1))
        yield round(number) if whole else round(number, _DIGITS)


def _signed(setting: Setting, text: str) -> tuple[int, str]:
    found = _SIGNED.fullmatch(text.strip())
    if not found:
        raise RequestError(f"'{text}' is neither earlier nor later; '{setting.path}' takes {setting.takes}")
    return (-1 if found[1] == "-" else 1), found[2]


def _milliseconds(setting: Setting, text: str) -> int:
    if text == "0":
        return 0
    try:
        length = duration(text)
    except ValueError:
        hint = duration_hint(text) or f"expected one {DURATION_FORMS}"
        raise RequestError(f"'{setting.path}': '{text}' is not a duration; {hint}") from None
    if length > MOST_DURATION:
        raise RequestError(f"'{text}' is longer than a year")
    return length


def _moment(setting: Setting, text: str) -> str:
    try:
        return write(moment(text))
    except ValueError as error:
        raise RequestError(f"'{setting.path}': {error}") from None


def _shifted(setting: Setting, by: int) -> SweptValue:
    """The value that is earlier or later than that of the file; unchanged, it is as the file has it."""
    shown = on_scale(setting.sort, by)
    if not setting.now:
        raise RequestError(f"'{setting.path}' is in no file, so nothing can be {shown} from it; give a moment")
    if setting.sort == "time" and by % 1000:
        raise RequestError(f"'{setting.path}' has whole seconds, so it cannot be {shown}")
    if by == 0:
        return SweptValue(shown, spelled(setting.now) if setting.sort == "moment" else setting.now, 0)
    try:
        if setting.sort == "time":
            text = _later(datetime.fromisoformat(setting.now), by)
            return SweptValue(shown, text, by)
        was = moment(setting.now)
        if was.local is not None:
            return SweptValue(shown, spelled(write(Moment(local=was.local + timedelta(milliseconds=by)))), by)
        # The form without an edge must lie in the window; so the edge from which it counts is written.
        made = Moment(session=was.session, edge=was.edge or "opens", offset=was.offset + by)
        return SweptValue(shown, spelled(write(made)), by)
    except (ValueError, OverflowError):
        raise RequestError(f"'{setting.path}' cannot be {shown} from '{setting.now}'") from None


def _later(was: datetime, by: int) -> str:
    return (was + timedelta(milliseconds=by)).isoformat(sep=" ", timespec="seconds")


def _example(setting: Setting) -> str:
    return {"duration": "0s..30m", "count": "1..10"}.get(setting.sort, "-10m..+10m")
