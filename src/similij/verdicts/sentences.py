"""The sentences of a verdict: one clause per finding, and the paragraph of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .findings import Findings, within_noise
from .rules import RULES


@dataclass(frozen=True)
class Clause:
    """One thing that a verdict says.

    Attributes
    ----------
    kind : str
        For example "gain".
    value : float
        Its number.
    unit : str
        Of the number; "" where it has none.
    evidence : str
        What was measured.
    rule : str
        Why it may be said.
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
    """Clause of a verdict that needs no fit."""
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


def clauses_of(found: Findings) -> list[Clause]:
    """Return what may be said of findings, content first and the rest last."""
    related = found.related
    clauses = [*_of_content(found)]
    if related in ("same", "in part"):
        clauses += [*_of_light(found), *_of_place(found)]
    clauses += [*_of_pixels(found)]
    if related in ("same", "in part"):
        clauses.append(_of_rest(found))
    return clauses


def _of_content(found: Findings) -> list[Clause]:
    seen = f"of {found.blocks} blocks with structure"
    shares = (
        f"{seen} {_percent(found.agreeing)} agree, {_percent(found.other)} are of "
        "other content"
    )
    if not found.related:
        why = f"{found.blocks} blocks have structure above noise"
        words = "No verdict on content: too little structure stands out from the noise"
        return [
            Clause("undefined", found.blocks, "blocks", why, _rule("structure"), words)
        ]
    if found.related == "unrelated":
        words = "Other content: the fine structure has little in common"
        rule = _rule("unrelated", "agrees", "differs")
        return [Clause("unrelated", found.agreeing, "1", shares, rule, words)]
    if found.related == "partly":
        words = (
            "Partly related: fine structure is shared in part, nearly everywhere; "
            "which part is a change and which is other content cannot be told"
        )
        rule = _rule("partly", "partly loose", "agrees", "differs")
        return [Clause("partly related", found.between, "1", shares, rule, words)]
    if found.related == "in part":
        words = f"other content in {_percent(found.other)} of the structure"
        rule = _rule("other", "differs")
        return [Clause("other", found.other, "1", shares, rule, words)]
    return []


def _of_light(found: Findings) -> list[Clause]:
    clauses = []
    both = _rule("chance", "visible", "outweighs")
    gain, offset = found.gain, found.offset
    if gain is not None and gain < 0:
        evidence = f"gain {_number(gain)}, offset {_number(offset or 0.0)}"
        words = f"contrast inverted ({evidence})"
        clauses.append(Clause("inverted", gain, "1", evidence, both, words))
        offset = None
    elif gain is not None:
        more = "brighter" if gain > 1 else "dimmer"
        by = _percent(abs(gain - 1))
        words = f"{by} {more} (gain {_number(gain)})"
        evidence = f"gain {_number(gain)}"
        rule = f"{_rule('gain')}; {both}"
        clauses.append(Clause("gain", gain, "1", evidence, rule, words))
    if offset is not None:
        words = f"{_number(abs(offset))} {'higher' if offset > 0 else 'lower'} all over"
        evidence = f"offset {_number(offset)}"
        rule = f"{_rule('offset')}; {both}"
        clauses.append(Clause("offset", offset, "intensity", evidence, rule, words))
    if found.gradient is not None:
        lost, side = found.gradient, found.side
        words = (
            f"ever dimmer towards the {side}, where {_percent(lost)} are lost "
            "(bleaching, or uneven light)"
        )
        evidence = f"the gain falls by {_percent(lost)} towards the {side}"
        rule = f"{_rule('gradient')}; {both}"
        clauses.append(Clause("gradient", lost, "1", evidence, rule, words))
    return clauses


def _of_place(found: Findings) -> list[Clause]:
    clauses = []
    both = _rule("chance", "visible", "outweighs")
    if found.shift is not None:
        dy, dx = found.shift
        words = f"shifted by {_way(dy, dx)}"
        evidence = f"x {_number(dx)} px, y {_number(dy)} px"
        rule = f"{_rule('shift')}; {both}"
        clauses.append(Clause("shift", math.hypot(dy, dx), "px", evidence, rule, words))
    if found.turn is not None:
        turn = found.turn
        way = "counter-clockwise" if turn > 0 else "clockwise"
        words = f"turned by {_number(abs(turn))}° {way}"
        evidence = f"{_number(turn)}° about the centre"
        rule = f"{_rule('rotation')}; {both}"
        clauses.append(Clause("rotation", turn, "degrees", evidence, rule, words))
    if found.blur is not None:
        sigma = abs(found.blur)
        what = "blurred" if found.blur > 0 else "sharper: image 1 is blurred"
        words = f"{what} (sigma {_number(sigma)} px)"
        who = "image 1" if found.blur > 0 else "image 2"
        evidence = (
            f"{who} is most like the other after a Gaussian of {_number(sigma)} px"
        )
        rule = f"{_rule('blur')}; {both}"
        clauses.append(Clause("blur", found.blur, "px", evidence, rule, words))
    return clauses


def _of_pixels(found: Findings) -> list[Clause]:
    clauses = []
    for name, share in zip(("image 1 ", ""), found.saturated, strict=True):
        if share:
            words = f"{name}saturated ({_percent(share)} of the pixels at the ceiling)"
            evidence = f"{_percent(share)} of the pixels have the maximum"
            clauses.append(
                Clause(
                    "saturation",
                    share,
                    "1",
                    evidence,
                    _rule("plateau", "varies"),
                    words,
                )
            )
    if found.noise is not None:
        sigma = abs(found.noise)
        more = "noisier" if found.noise > 0 else "less noisy"
        words = f"{more} (by a standard deviation of {_number(sigma)})"
        evidence = (
            f"noise {_number(found.noise_1)} in image 1, {_number(found.noise_2)} in "
            "image 2"
        )
        rule = _rule("noise", "noise_visible")
        clauses.append(Clause("noise", found.noise, "intensity", evidence, rule, words))
    return clauses


def _of_rest(found: Findings) -> Clause:
    evidence = (
        f"after the fit an RMSD of {_number(found.left)} is left of the smoothed "
        f"images, noise alone makes {_number(found.expected)}"
    )
    rule = _rule("rest")
    if within_noise(found):
        words = "no difference beyond noise"
        return Clause("rest", found.left, "intensity", evidence, rule, words)
    words = (
        f"a difference is left that none of these explains (RMSD "
        f"{_number(found.left)}, of noise {_number(found.expected)})"
    )
    return Clause("unexplained", found.left, "intensity", evidence, rule, words)


def paragraph(clauses: Sequence[Clause]) -> str:
    """Return the clauses as one paragraph."""
    if len(clauses) == 1 and clauses[0].kind not in ("rest", "unexplained"):
        return f"{clauses[0].words}."
    by = {c.kind: c for c in clauses}
    lone = [c.words for c in clauses if c.kind in ("undefined", "unrelated",
                                                   "partly related")]  # fmt: skip
    done = [
        c.words
        for c in clauses
        if c.kind
        not in ("rest", "unexplained", "undefined", "unrelated", "partly related",
                "other")
    ]  # fmt: skip
    if lone:
        return "; ".join([*lone, *done]) + "."
    parts = [f"Same structure{' in part' if 'other' in by else ''}"]
    if "other" in by:
        parts.append(by["other"].words)
    text = ", ".join([*parts, *done])
    end = by.get("rest") or by.get("unexplained")
    if end is None:
        return f"{text}."
    if not done and "other" not in by:
        return f"{text}; {end.words}."
    after = "after that" if done else "elsewhere"
    if done and "other" in by:
        after = "after that, elsewhere"
    return f"{text}; {after}, {end.words}."


def _way(dy: float, dx: float) -> str:
    """Words for a shift, along x first; what is below a tenth of it is left out."""
    least = 0.1 * math.hypot(dy, dx)
    parts = [
        f"{_number(abs(by))} px {words[by > 0]}"
        for by, words in ((dx, ("to the left", "to the right")), (dy, ("up", "down")))
        if abs(by) >= least
    ]
    return " and ".join(parts)


def _number(value: float) -> str:
    """Three digits, without an exponent where it can be."""
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:.{min(digits, 6)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text


def _percent(share: float) -> str:
    return f"{_number(float(f'{100 * share:.2g}'))} %"
