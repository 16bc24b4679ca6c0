"""Word a verdict: one clause per finding, and the paragraph of all clauses.

Each clause carries its number, the evidence and the rules it stands on, so that whoever
doubts a sentence can look up why it was allowed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .findings import Findings, within_noise
from .local import Place
from .rules import REST_VISIBLE, RULES, limit


@dataclass(frozen=True)
class Clause:
    """One thing that a verdict says.

    Attributes
    ----------
    kind : str
        What it is about, for example "gain".
    value : float
        The number it states.
    unit : str
        Unit of the number; "" where it has none.
    evidence : str
        What was measured.
    rule : str
        Rules that let it stand, in words.
    words : str
        How the paragraph says it.
    """

    kind: str
    value: float
    unit: str
    evidence: str
    rule: str
    words: str


def _rule(*names: str) -> str:
    return "; ".join(RULES[name].words for name in names)


def plain_clause(kind: str, value: float, why: str, unit: str = "") -> Clause:
    """Word the clause of a verdict that needs no fit."""
    if kind == "identical":
        evidence = f"all {value:.0f} pixels are equal"
        return Clause(kind, value, unit, evidence, "every value is equal", "Identical")
    if kind == "rearranged":
        words = (
            f"The same values in other places: {_percent(value)} of the pixels differ, "
            "yet both images have exactly the same values"
        )
        evidence = f"{_percent(value)} of the pixels differ; sorted, none does"
        rule = "the sorted values are equal, and no shift or turn explains it"
        return Clause(kind, value, "1", evidence, rule, words)
    rule = "nothing is said where nothing is defined"
    return Clause("undefined", value, unit, why, rule, f"No verdict: {why}")


def clauses_of(findings: Findings) -> list[Clause]:
    """Return what may be said of findings, content first and the rest last."""
    related = findings.related
    clauses = [*_of_content(findings)]
    if related in ("same", "in part"):
        clauses += [*_of_light(findings), *_of_place(findings)]
    clauses += [*_of_pixels(findings)]
    if related in ("same", "in part"):
        clauses += [*_of_places(findings)]
        rest = _of_rest(findings)
        clauses += [] if rest is None else [rest]
    return clauses


def _of_content(findings: Findings) -> list[Clause]:
    of_all = f"of {findings.blocks} blocks with structure"
    shares = (
        f"{of_all} {_percent(findings.agreeing)} agree, "
        f"{_percent(findings.other)} are of other content"
    )
    if not findings.related:
        why = f"{findings.blocks} blocks have structure above noise"
        words = "No verdict on content: too little structure stands out from the noise"
        return [
            Clause(
                "undefined", findings.blocks, "blocks", why, _rule("structure"), words
            )
        ]
    if findings.related == "unrelated":
        words = "Other content: the fine structure has little in common"
        rule = _rule("unrelated", "agrees", "differs")
        return [Clause("unrelated", findings.agreeing, "1", shares, rule, words)]
    if findings.related == "partly":
        words = (
            "Partly related: fine structure is shared in part, nearly everywhere; "
            "which part is a change and which is other content cannot be told"
        )
        rule = _rule("partly", "partly loose", "agrees", "differs")
        return [Clause("partly related", findings.between, "1", shares, rule, words)]
    if findings.related == "in part":
        words = f"other content in {_percent(findings.other)} of the structure"
        rule = _rule("other", "differs")
        return [Clause("other", findings.other, "1", shares, rule, words)]
    return []


def _of_light(findings: Findings) -> list[Clause]:
    clauses = []
    clear = _rule("chance", "visible", "outweighs")
    gain, offset = findings.gain, findings.offset
    if gain is not None and gain < 0:
        evidence = f"gain {_number(gain)}, offset {_number(offset or 0.0)}"
        words = f"contrast inverted ({evidence})"
        clauses.append(Clause("inverted", gain, "1", evidence, clear, words))
        # An inverted image has an offset by necessity, so it gets no clause of its own.
        offset = None
    elif gain is not None:
        more = "brighter" if gain > 1 else "dimmer"
        by = _percent(abs(gain - 1))
        words = f"{by} {more} (gain {_number(gain)})"
        evidence = f"gain {_number(gain)}"
        rule = f"{_rule('gain')}; {clear}"
        clauses.append(Clause("gain", gain, "1", evidence, rule, words))
    if offset is not None:
        words = f"{_number(abs(offset))} {'higher' if offset > 0 else 'lower'} all over"
        evidence = f"offset {_number(offset)}"
        rule = f"{_rule('offset')}; {clear}"
        clauses.append(Clause("offset", offset, "intensity", evidence, rule, words))
    if findings.tone is not None:
        tone = findings.tone
        power = (
            f", as a gamma of {_number(tone.gamma)}" if tone.gamma == tone.gamma else ""
        )
        words = f"not linear: brightness follows a curve{power}"
        evidence = (
            f"a curve of {len(tone.levels)} classes of brightness has an RMSD of "
            f"{_number(tone.bend)} from the best line"
        )
        value = tone.bend / findings.spread
        rule = _rule("bend", "bent", "beyond")
        clauses.append(Clause("not linear", value, "1", evidence, rule, words))
    if findings.gradient is not None:
        lost, side = findings.gradient, findings.side
        words = (
            f"ever dimmer towards the {side}, where {_percent(lost)} are lost "
            "(bleaching, or uneven light)"
        )
        evidence = f"the gain falls by {_percent(lost)} towards the {side}"
        rule = f"{_rule('gradient')}; {clear}"
        clauses.append(Clause("gradient", lost, "1", evidence, rule, words))
    return clauses


def _of_place(findings: Findings) -> list[Clause]:
    clauses = []
    clear = _rule("chance", "visible", "outweighs")
    if findings.shift is not None:
        dy, dx = findings.shift
        words = f"shifted by {_way(dy, dx)}"
        evidence = f"x {_number(dx)} px, y {_number(dy)} px"
        rule = f"{_rule('shift')}; {clear}"
        clauses.append(Clause("shift", math.hypot(dy, dx), "px", evidence, rule, words))
    if findings.turn is not None:
        turn = findings.turn
        way = "counter-clockwise" if turn > 0 else "clockwise"
        words = f"turned by {_number(abs(turn))}° {way}"
        evidence = f"{_number(turn)}° about the centre"
        rule = f"{_rule('rotation')}; {clear}"
        clauses.append(Clause("rotation", turn, "degrees", evidence, rule, words))
    if findings.scale is not None:
        zoom_y, zoom_x = (100 * (zoom - 1) for zoom in findings.scale)
        mean = (zoom_y + zoom_x) / 2
        words = f"{'magnified' if mean > 0 else 'shrunk'} by {_number(abs(mean))} %"
        if abs(zoom_y - zoom_x) > 0.1 * max(abs(zoom_y), abs(zoom_x)):
            parts = [
                f"{_number(zoom)} % in {axis}"
                for axis, zoom in (("x", zoom_x), ("y", zoom_y))
                if abs(zoom) >= 100 * limit("scale")
            ]
            words = f"stretched by {' and '.join(parts)}"
        evidence = f"{_number(zoom_x)} % in x and {_number(zoom_y)} % in y"
        rule = f"{_rule('scale')}; {clear}"
        clauses.append(Clause("scale", 1 + mean / 100, "1", evidence, rule, words))
    if findings.blur is not None:
        sigma = abs(findings.blur)
        change = "blurred" if findings.blur > 0 else "sharper: image 1 is blurred"
        words = f"{change} (sigma {_number(sigma)} px)"
        who = "image 1" if findings.blur > 0 else "image 2"
        evidence = (
            f"{who} is most like the other after a Gaussian of {_number(sigma)} px"
        )
        rule = f"{_rule('blur', 'sharper')}; {clear}"
        clauses.append(Clause("blur", findings.blur, "px", evidence, rule, words))
    return clauses


def _of_pixels(findings: Findings) -> list[Clause]:
    clauses = []
    for kind, end, shares in (
        ("saturation", ("saturated", "ceiling", "maximum"), findings.saturated),
        ("clipped", ("cut off at the bottom", "floor", "minimum"), findings.clipped),
    ):
        for name, share in zip(("image 1 ", ""), shares, strict=True):
            if not share:
                continue
            words = f"{name}{end[0]} ({_percent(share)} of the pixels at the {end[1]})"
            evidence = f"{_percent(share)} of the pixels have the {end[2]}"
            rule = _rule("plateau", "varies", "apart")
            clauses.append(Clause(kind, share, "1", evidence, rule, words))
    if findings.step is not None:
        words = f"quantised (to steps of {_number(findings.step)})"
        evidence = f"all values are multiples of {_number(findings.step)} apart"
        rule = _rule("coarser", "step", "within")
        step = Clause("quantised", findings.step, "intensity", evidence, rule, words)
        clauses.append(step)
    if findings.compressed is not None:
        rmsd = findings.compressed
        words = f"compressed (in blocks of 8×8 pixels, as JPEG; RMSD {_number(rmsd)})"
        evidence = "image 2 has the grid of blocks of 8×8 pixels, image 1 has not"
        rule = _rule("grid", "faint", "white", "visible")
        clauses.append(Clause("compressed", rmsd, "intensity", evidence, rule, words))
    if findings.noise is not None:
        sigma = abs(findings.noise)
        more = "noisier" if findings.noise > 0 else "less noisy"
        ends = " and ".join(_number(end) for end in findings.noise_cut)
        at = f", cut off at {ends}" if ends else ""
        words = f"{more} (by a standard deviation of {_number(sigma)}{at})"
        evidence = (
            f"noise {_number(findings.noise_1)} in image 1, "
            f"{_number(findings.noise_2)} in image 2"
        )
        rule = _rule("noise", "noise_visible")
        clauses.append(
            Clause("noise", findings.noise, "intensity", evidence, rule, words)
        )
    return clauses


def _of_rest(findings: Findings) -> Clause | None:
    """Say what is left; None of a compressed image, of which that is said already."""
    if findings.compressed is not None:
        return None
    evidence = (
        f"after the fit an RMSD of {_number(findings.left)} is left of the smoothed "
        f"images, noise alone makes {_number(findings.expected)}; anywhere, at any "
        f"scale, at most {_number(findings.beyond)} of what may be noise is left"
    )
    rmsd = f"RMSD {_number(findings.left)}, of noise {_number(findings.expected)}"
    if not within_noise(findings):
        words = f"a difference is left that none of these explains ({rmsd})"
        rule = _rule("rest")
        return Clause("unexplained", findings.left, "intensity", evidence, rule, words)
    rule = _rule("rest", "anywhere")
    words = "no difference beyond noise"
    if findings.beyond > 1:
        words = f"hardly more is left than noise makes ({rmsd})"
        if findings.left <= REST_VISIBLE * findings.spread:
            words = f"less than {_percent(REST_VISIBLE)} of the contrast is left"
    return Clause("rest", findings.left, "intensity", evidence, rule, words)


def _of_places(findings: Findings) -> list[Clause]:
    """Say where the images differ, of places that are no share of other content."""
    places = findings.places
    if not places or findings.related != "same":
        return []
    first = places[0]
    area = sum(place.area for place in places)
    words = f"a difference {_at(first)}"
    if len(places) > 1:
        words = f"differences in {len(places)} places, the clearest {_at(first)}"
    evidence = (
        f"{area} pixels stand out, {_number(first.times_noise)} standard deviations of "
        f"the noise at most, with an RMSD of {_number(first.rmsd)}"
    )
    rule = _rule("local", "false alarm")
    return [Clause("local", float(area), "pixels", evidence, rule, words)]


def _at(place: Place) -> str:
    return f"at x {place.x}, y {place.y} ({place.width}×{place.height} px)"


_ALONE = ("identical", "rearranged", "undefined", "unrelated", "partly related")
"""Kinds that are a sentence of their own."""


def paragraph(clauses: Sequence[Clause]) -> str:
    """Join clauses to one paragraph.

    What is left is put last and after what was done, since it means "after that".
    """
    if len(clauses) == 1 and clauses[0].kind in _ALONE:
        return f"{clauses[0].words}."
    by = {c.kind: c for c in clauses}
    lone = [c.words for c in clauses if c.kind in ("undefined", "unrelated",
                                                   "partly related")]  # fmt: skip
    changes = [
        c.words
        for c in clauses
        if c.kind
        not in ("rest", "unexplained", "undefined", "unrelated", "partly related",
                "other", "local")
    ]  # fmt: skip
    if lone:
        return "; ".join([*lone, *changes]) + "."
    content = [f"Same structure{' in part' if 'other' in by else ''}"]
    if "other" in by:
        content.append(by["other"].words)
    text = ", ".join([*content, *changes])
    end = by.get("rest") or by.get("unexplained")
    if "local" in by:
        text += f"{'; after that' if changes else ', but'} {by['local'].words}"
    if end is None:
        return f"{text}."
    apart = "other" in by or "local" in by
    if not changes and not apart:
        return f"{text}; {end.words}."
    after = "after that" if changes and "local" not in by else ""
    if apart:
        after = ", ".join(filter(None, (after, "elsewhere")))
    return f"{text}; {after}, {end.words}."


def _way(dy: float, dx: float) -> str:
    """Word a shift, along x first; a part below a tenth of the whole is left out."""
    least = 0.1 * math.hypot(dy, dx)
    parts = [
        f"{_number(abs(by))} px {words[by > 0]}"
        for by, words in ((dx, ("to the left", "to the right")), (dy, ("up", "down")))
        if abs(by) >= least
    ]
    return " and ".join(parts)


def _number(value: float) -> str:
    """Write three digits, without an exponent where that is possible."""
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:.{min(digits, 6)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text


def _percent(share: float) -> str:
    return f"{_number(float(f'{100 * share:.2g}'))} %"
