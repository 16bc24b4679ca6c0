"""Give ImageJ's messages and their answers types, and check each message once.

A message is checked once, at the door of `Handler`: a field that is missing, unknown or
of another kind is refused by name there, and below nobody reads a message by a string.
Java has the same fields in `similij.wire`; a test holds both, and docs/protocol.md,
against each other. The types are msgspec's, because a message of a plane must cost
microseconds beside the milliseconds of its pixels: checking one takes ten.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec

from ..ground.optional import pip_install
from ..ground.version import __version__
from ..plot.charts import Chart, Series, Swatch  # noqa: F401 - parts of a chart

Buffer = Any
"""What stands for memory in a message: each backend resolves its own, a buffer of Java
or the name of shared memory."""

_INSTALL = f"{pip_install()} FILE"
"""Of a file: by its name alone an index would be asked for the package."""

UPDATE_JAR = (
    'Update the jar: run "similij install <ImageJ or Fiji folder>", then restart '
    "ImageJ."
)
UPDATE_PYTHON = (
    f"Update the Python package: run {_INSTALL}, with the wheel similij-...whl of the "
    "newer release, then restart ImageJ."
)
UPDATE_BOTH = (
    f"Update both sides: run {_INSTALL}, with the wheel similij-...whl of a release, "
    'and then "similij install <ImageJ or Fiji folder>"; restart ImageJ.'
)


class MessageError(ValueError):
    """A message does not fit what this side knows of it."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Be the base of what messages are made of: frozen, and without unknown fields.

    A field that is unknown here may change the question, so it is not passed over.
    """


# --- What messages say of images, regions and planes

Many = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
"""How many there are of what is there, or a place counted from 1: an int of Java."""


class Axes(Words, frozen=True):
    """Hold a number for each axis: how many there are, or a place counted from 1."""

    c: Many
    z: Many
    t: Many

    def by_name(self) -> dict[str, int]:
        """Return the numbers by the names of their axes, ImageJ's fastest first."""
        return {"c": self.c, "z": self.z, "t": self.t}


class Box(Words, frozen=True):
    """A rectangle in pixels of the images; it may lie outside of them."""

    x: int
    y: int
    width: int
    height: int


class Pixel(Words, frozen=True):
    """The calibration of an image as ImageJ says it; null: no finite number."""

    x: float | None
    y: float | None
    z: float | None
    unit: str
    interval: float | None
    time_unit: str


class Image(Words, frozen=True):
    """An image: one of the two, labels or a mask beside them, or one of a matrix."""

    name: str
    file: str
    type: str
    width: Many
    height: Many
    planes: Many
    sizes: Axes
    pixel: Pixel


class Position(Words, frozen=True):
    """Say what ImageJ ties a ROI to: a plane, or channel, slice, frame; 0: nothing."""

    position: int
    c: int
    z: int
    t: int


class TiedRegion(Words, frozen=True):
    """A region without its pixels: enough to say on which planes it is."""

    name: str
    position: Position


class RegionInfo(Words, frozen=True):
    """A region, whose mask lies in the buffer of masks."""

    name: str
    kind: str
    area: bool
    box: Box
    mask: int | None
    position: Position
    problem: str | None
    drawn: bool


Place = dict[str, int | float]
"""Columns channel_1, channel_2, z, t (counted from 1) and time_s, as far as known."""

Options = dict[str, str]
"""Words of a user by their keys in options.ini; a checkbox that is on is "true"."""


class Request(Words, frozen=True):
    """What is to be compared of two images."""

    image_1: Image
    image_2: Image
    labels: Image | None
    mask: Image | None
    box: Box
    regions: list[RegionInfo]
    inverse: bool
    pictures: bool
    rows: bool
    plane: str
    place: Place
    notes: list[str]
    run_id: str | None
    save: str | None
    options: Options
    roi_file: str | None = None


class MatrixRequest(Words, frozen=True):
    """What is to be compared of many images."""

    rois: str | None
    folder: str | None
    options: Options


# --- Messages


class Hello(msgspec.Struct, frozen=True, tag_field="op", tag=str.lower):
    """Greet: the first message. Any version of the jar sends it; nothing is refused."""

    protocol: Any = None
    jar: Any = None


class Message(Words, frozen=True, tag_field="op", tag=str.lower):
    """Be the base of all other messages; `op` says which one it is."""


class Compare(Message, frozen=True):
    """Send a plane of each image; with the first, what is to be compared."""

    run: str
    end: bool
    request: Request | None = None
    masks: Buffer = None
    plane_1: Buffer = None
    plane_2: Buffer = None
    at: Axes | None = None
    labels: Buffer = None
    mask: Buffer = None


class Plan(Message, frozen=True):
    """Ask which planes and regions make which rows."""

    image_1: Image
    image_2: Image | None
    current_1: Axes
    current_2: Axes | None
    regions: list[TiedRegion]
    inverse: bool
    pictures: bool
    run_id: str | None
    options: Options


class Tied(Message, frozen=True):
    """Ask which regions are on the planes that are shown."""

    image: Image
    at: Axes
    image_2: Image | None
    at_2: Axes | None
    regions: list[TiedRegion]


class Check(Message, frozen=True):
    """Ask whether this could be compared."""

    request: Request
    groups: int
    regions: int


class Album(Message, frozen=True):
    """Announce that pictures of all comparisons of a run will be wanted."""

    folder: str
    keep: bool
    request: Request


class Pictures(Message, frozen=True):
    """Ask which pictures there are of a run, whose comparisons are all done."""

    run_id: str


class Draw(Message, frozen=True):
    """Ask for one of the pictures of a run."""

    run_id: str
    picture: int


class Metrics(Message, frozen=True):
    """Ask which metrics there are."""


class Docs(Message, frozen=True):
    """Ask where a page of the docs is."""

    page: str


class About(Message, frozen=True):
    """Ask what the numbers are made with."""


class Readable(Message, frozen=True):
    """Ask whether a file can be read, before ImageJ opens it; an error says why not."""

    path: str


class Images(Message, frozen=True):
    """Ask which files of a folder may be images."""

    folder: str


class Matrix(Message, frozen=True):
    """Send a step of a matrix: a request, an image, a plane, or the end."""

    run: str
    end: bool
    request: MatrixRequest | None = None
    image: Image | None = None
    plane: Buffer = None


class Pair(Message, frozen=True):
    """Ask which files of two folders, or of one, belong together."""

    folder_1: str
    folder_2: str | None
    save: str | None
    options: Options


class Batch(Message, frozen=True):
    """Begin to compare two folders, or one."""

    folder_1: str
    folder_2: str | None
    save: str | None
    options: Options


class Next(Message, frozen=True):
    """Ask for the next step of a comparison of folders."""

    run: str


class Problem(Message, frozen=True):
    """Ask for a row that says why something could not be compared."""

    image_1: str
    image_2: str
    file_1: str
    file_2: str
    region: str
    error: str
    plane: str
    place: Place
    run_id: str | None
    save: str | None
    options: Options
    roi_file: str | None = None


class Headline(Message, frozen=True):
    """Ask for the numbers of all rows of a run in one line."""

    numbers: dict[str, list[float | None]]
    pixels: list[float | None]


class Cancel(Message, frozen=True):
    """Forget a run, or the pictures of one."""

    run: str


class Release(Message, frozen=True):
    """Let go of every buffer."""


# --- Answers


class Answer(msgspec.Struct, frozen=True):
    """Be the base of what goes back."""


class Nothing(Answer, frozen=True):
    """Say no more than that it is done, or that more planes are awaited."""


class Failure(Answer, frozen=True, omit_defaults=True):
    """Refuse, in the sentence that the user reads; the Console shows the rest."""

    error: str
    traceback: str | None = None


class Greeting(Answer, frozen=True):
    """Say who answers: which protocol, version, Python and process."""

    protocol: int
    version: str
    python: str
    pid: int


class Again(Answer, frozen=True):
    """Ask for every plane once more."""

    again: bool


class MetricName(Answer, frozen=True):
    """Name a metric: as columns call it, and as people do."""

    name: str
    label: str


class LocalDifference(Answer, frozen=True):
    """A place that a verdict names, of one of the rows, by its place in them."""

    row: int
    place: int
    x: int
    y: int
    width: int
    height: int
    area: int
    area_in_unit: float | None
    unit: str
    rmsd: float
    times_noise: float
    scale: float


class RowsAnswer(Answer, frozen=True):
    """Return rows as columns: one value that all have, or a list of one for each."""

    count: int
    columns: dict[str, Any]
    metrics: list[MetricName]
    places: list[LocalDifference]


class Part(Answer, frozen=True):
    """One comparison of a group: of all its pairs of planes, or of some."""

    plane: str
    notes: list[str]
    pairs: list[int] | None
    regions: list[int]
    drawn: list[int]
    rows: bool
    apart: bool


class Group(Answer, frozen=True):
    """Pairs of planes that make one row a region."""

    plane: str
    place: Place
    planes: list[tuple[int, int]]
    parts: list[Part]


class Missing(Answer, frozen=True):
    """A region, by its place in the list, that no plane has; and why, in words."""

    region: int
    reason: str


class Planned(Answer, frozen=True):
    """Return all groups, and the regions that are in none of them."""

    run_id: str
    groups: list[Group]
    missing: list[Missing]


class Here(Answer, frozen=True):
    """Return the regions that are on the planes, by their places, and the others."""

    here: list[int]
    missing: list[Missing]


class Checked(Answer, frozen=True):
    """Say in words that it can be compared, and how many rows that makes."""

    words: str


class Line(Answer, frozen=True):
    """Say something in one line."""

    words: str


class Begun(Answer, frozen=True):
    """Say what the run is called."""

    run_id: str


class Wanted(Answer, frozen=True):
    """Return what pictures there will be, and why some that were asked for will not."""

    pictures: list[str]
    notes: list[str]


class Picture(Answer, frozen=True):
    """A map that was written, or plots that ImageJ draws."""

    kind: str
    path: str
    title: str
    scale: str
    charts: list[Chart]


class Drawn(Answer, frozen=True):
    """Return what a picture is shown as, and why it is not there."""

    pictures: list[Picture]
    notes: list[str]


class MetricInfo(Answer, frozen=True):
    """A metric, as the dialog shows it."""

    name: str
    label: str
    summary: str


class MetricGroup(Answer, frozen=True):
    """Metrics that answer one question."""

    title: str
    metrics: list[MetricInfo]


class MetricGroups(Answer, frozen=True):
    """Return all metrics there are, by the question that they answer."""

    groups: list[MetricGroup]


class Page(Answer, frozen=True):
    """Say where the HTML file of a page is."""

    path: str


class Versions(Answer, frozen=True):
    """Say in lines which Python answers, where it is, and what it has."""

    lines: list[str]


class Files(Answer, frozen=True):
    """Return the paths of the files that may be images."""

    images: list[str]


class MatrixPicture(Answer, frozen=True):
    """A picture of a matrix."""

    path: str
    title: str


class MatrixAnswer(RowsAnswer, frozen=True):
    """Return a row for each pair, lines for the Log, and pictures."""

    words: list[str]
    pictures: list[MatrixPicture]


class Paired(Answer, frozen=True):
    """Say which pairs there are, and by which pattern they were found."""

    words: str
    pattern: str
    pairs: int
    folder_2: str | None


class Started(Answer, frozen=True):
    """Say what the run is called, and how many pairs it has."""

    run_id: str
    pairs: int
    words: str


class Job(Answer, frozen=True):
    """Two files that ImageJ is to open, as nothing here reads their kind."""

    image_1: str
    image_2: str
    rois: str | None
    mask: str | None
    labels: str | None
    name_1: str
    name_2: str


class Step(RowsAnswer, frozen=True):
    """Return the rows of a pair, or which pair ImageJ is to compare; and the end."""

    words: str
    done: int
    open: Job | None
    end: bool
    notes: list[str]


ANSWERS: dict[type[msgspec.Struct], tuple[type[Answer], ...]] = {
    Hello: (Greeting,),
    Compare: (Nothing, Again, RowsAnswer),
    Plan: (Planned,),
    Tied: (Here,),
    Check: (Checked,),
    Album: (Begun,),
    Pictures: (Wanted,),
    Draw: (Drawn,),
    Metrics: (MetricGroups,),
    Docs: (Page,),
    About: (Versions,),
    Readable: (Nothing,),
    Images: (Files,),
    Matrix: (Nothing, MatrixAnswer),
    Cancel: (Nothing,),
    Pair: (Paired,),
    Batch: (Started,),
    Next: (Step,),
    Problem: (RowsAnswer,),
    Headline: (Line,),
    Release: (Nothing,),
}
"""Every message, and what answers it."""

# --- The door

T = TypeVar("T")

# msgspec says what is wrong in English and nowhere else; a test holds these patterns to
# the messages of the version that is installed.
_MISSING = re.compile(r"Object missing required field `(.+?)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+?)`")
_EXPECTED = re.compile(r"Expected `(.+?)`, got `(.+?)`")
_LIMITED = re.compile(r"Expected `int` (>=|<=) (\d+)")
_WHERE = re.compile(r" - at `(.+)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_KINDS = {
    "object": "a map",
    "array": "a list",
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
}
"""What a reader of JSON calls the kinds of msgspec."""


def read(message: Mapping[str, Any], kind: type[T]) -> T:
    """Check a message against its type, and return it as that type.

    Parameters
    ----------
    message : mapping
        As it came, with buffers in whatever form.
    kind : type
        One of the messages above.

    Raises
    ------
    MessageError
        If a field is missing, unknown or of another kind. The sentence names the
        message, the field, its value, the kind that is expected, and which side to
        update.

    Examples
    --------
    >>> read({"op": "pictures", "run_id": "7"}, Pictures)
    Pictures(run_id='7')
    >>> read({"op": "pictures", "run_id": 7}, Pictures)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    similij.imagej.messages.MessageError: ImageJ's message "pictures" does not fit ...
    """
    if half := _half(message):
        raise MessageError(
            _sentence(message, f"a text has half of a character ({ascii(half)[:80]})")
        )
    try:
        return msgspec.convert(message, kind)
    except msgspec.ValidationError as error:
        raise MessageError(_sentence(message, str(error))) from None


def _half(value: Any) -> str | None:
    """Return a text with half of a surrogate pair in it, which no UTF-8 can write.

    Java lets them into strings, and so does JSON.
    """
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value
        return None
    if isinstance(value, Mapping):
        value = [*value, *value.values()]
    elif not isinstance(value, list):
        return None
    return next(filter(None, map(_half, value)), None)


def _sentence(message: Mapping[str, Any], complaint: str) -> str:
    """Return a sentence for what msgspec says of a message."""
    where = _WHERE.search(complaint)
    path = where.group(1).removeprefix("$").removeprefix(".") if where else ""
    inside = f"{path}." if path else ""
    # Which side is older follows from what is wrong: a jar that leaves out a field is
    # older than this package, one that has more is newer; of a kind nobody can tell.
    if named := _MISSING.match(complaint):
        what, next_step = f"{inside}{named.group(1)} is missing", UPDATE_JAR
    elif named := _UNKNOWN.match(complaint):
        what = f"{inside}{named.group(1)} is not known here"
        next_step = UPDATE_PYTHON
    elif named := _EXPECTED.match(complaint):
        kinds = named.group(1).split(" | ")
        wanted = " or ".join(_KINDS.get(kind, kind) for kind in kinds)
        value = _value(message, path)
        kind = named.group(2)
        present = _KINDS.get(kind, kind) if value is ... else repr(value)
        what = f"{path} is {present} and must be {wanted}"
        next_step = UPDATE_BOTH
    elif limited := _LIMITED.match(complaint):
        sign, limit = limited.groups()
        most = "at least" if sign == ">=" else "at most"
        what = f"{path} is {_value(message, path)!r} and must be {most} {limit}"
        next_step = UPDATE_BOTH
    else:
        what, next_step = complaint, UPDATE_BOTH
    sentence = (
        f'ImageJ\'s message "{message.get("op")}" does not fit similij {__version__}: '
        f"{what}. {next_step}"
    )
    # A key, and a value, can be any text, and a line feed in it is no end of a line.
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in sentence)


def _value(message: Any, path: str) -> Any:
    """Return what stands at a path; `...` where msgspec does not say at which key."""
    value = message
    for name, place in _STEP.findall(f".{path}"):
        try:
            value = value[name] if name else value[int(place)]
        except (KeyError, IndexError, TypeError):
            return ...
    return value
