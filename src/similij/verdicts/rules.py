"""Hold the rules of a verdict: every threshold, its name, its value and its reason.

They were set on the graded test set and on partners of the seeds that bench/verdict.py
calls "setting", and tested on others. docs/verdict.md prints this table, and every
clause of a verdict quotes the rules that let it stand, so words and number are one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One threshold of a verdict.

    Attributes
    ----------
    kind : str
        Kind of the clause that it decides; "all" for every change.
    value : float
        The threshold.
    says : str
        The rule in words; {0} stands for the value.
    reason : str
        Why the threshold is where it is.
    """

    kind: str
    value: float
    says: str
    reason: str

    @property
    def words(self) -> str:
        """The rule with its number."""
        return self.says.format(f"{self.value:g}")


RULES: dict[str, Rule] = {
    "chance": Rule(
        "all",
        4.0,
        "what a change explains is more than {0} standard errors, from how blocks of "
        "16×16 pixels scatter",
        "neighbouring pixels are alike, so blocks are counted; 4 errors come by chance "
        "less than once in 10,000 clauses",
    ),
    "visible": Rule(
        "all",
        0.005,
        "it explains an RMSD above {0} of the standard deviation of image 2",
        "less comes from interpolation and rounding",
    ),
    "outweighs": Rule(
        "all",
        0.5,
        "it explains at least {0} of the squares that are left beyond noise",
        "where much is unexplained, the fit may take one change for another",
    ),
    "gain": Rule(
        "gain",
        0.01,
        "the gain is at least {0} from 1",
        "lamps and cameras are not steadier than 1 %",
    ),
    "offset": Rule(
        "offset",
        0.02,
        "the offset is at least {0} of the standard deviation of image 2",
        "no eye sees less, and the extrapolation to 0 is not surer",
    ),
    "gradient": Rule(
        "gradient",
        0.05,
        "the gain falls by at least {0} from one side of the image to the other",
        "flat fields are not flatter",
    ),
    "shift": Rule(
        "shift",
        0.05,
        "the shift is at least {0} px",
        "below, interpolation decides",
    ),
    "rotation": Rule(
        "rotation",
        0.2,
        "the turn is at least {0} degrees",
        "1 px at 290 px from the centre",
    ),
    "blur": Rule(
        "blur",
        0.4,
        "the blur has a sigma of at least {0} px",
        "moving by a part of a pixel blurs with up to 0.3 px",
    ),
    "noise": Rule(
        "noise",
        1.3,
        "noise of one image (Immerkær 1996, by brightness) is {0} times that of the "
        "other after gain",
        "classes of 60 pixels scatter by 10 %",
    ),
    "noise_visible": Rule(
        "noise",
        0.01,
        "the noise added is at least {0} of the standard deviation of image 2",
        "fine texture passes the noise filter with up to 0.006 of it",
    ),
    "plateau": Rule(
        "saturation",
        3.0,
        "pixels at the maximum, at least 20, are {0} times those in the hundredth of "
        "the range below",
        "values thin out towards the top, unless they are cut off",
    ),
    "varies": Rule(
        "saturation",
        0.03,
        "and the other image varies there: its quartiles are {0} of its standard "
        "deviation apart",
        "a flat background is no ceiling",
    ),
    "agrees": Rule(
        "other",
        0.9,
        "a block agrees where R of its fine structure, noise taken off, is at least "
        "{0}",
        "the same scene gives above 0.95",
    ),
    "differs": Rule(
        "other",
        0.4,
        "a block is of other content where R of its fine structure is below {0}",
        "unrelated blocks of 16×16 pixels have R of 0 ± 0.25",
    ),
    "other": Rule(
        "other",
        0.06,
        "at least {0} of the blocks with structure are of other content",
        "a single cell among twenty; less can be noise",
    ),
    "unrelated": Rule(
        "unrelated",
        0.2,
        "fewer than {0} of the blocks with structure agree, and others are of other "
        "content",
        "outlines of cells in the same places agree in up to a quarter of the blocks",
    ),
    "partly": Rule(
        "partly related",
        0.35,
        "at least {0} of the blocks are between: neither agree nor are of other "
        "content",
        "structure shared in part lies in between everywhere, not here or there",
    ),
    "partly loose": Rule(
        "partly related",
        0.15,
        "or at least {0} of them, and what is left after the fit is beyond noise",
        "with half and more of the structure shared many blocks pass for agreeing",
    ),
    "structure": Rule(
        "undefined",
        4,
        "at least {0} blocks have structure above noise",
        "fewer tell nothing of a scene",
    ),
    "rest": Rule(
        "rest",
        1.2,
        "what is left is at most {0} times what the noise of both images makes, or "
        "below 0.01 of the standard deviation of image 2",
        "the estimate of the noise is good to 10 %",
    ),
}
"""Rules by name, in the order of the docs."""

# These two are the second numbers of the rules "rest" and "plateau", whose words name
# them.
REST_VISIBLE = 0.01
"""Share of the standard deviation of image 2 below which what is left is nothing."""

FEWEST_SATURATED = 20
"""Pixels at the maximum below which none is called saturated."""


def limit(name: str) -> float:
    """Return the threshold of a rule."""
    return RULES[name].value
