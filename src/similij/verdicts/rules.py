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
    "scale": Rule(
        "scale",
        0.002,
        "the magnification along x or y is at least {0} from 1",
        "0.25 px at 128 px from the centre",
    ),
    "blur": Rule(
        "blur",
        0.4,
        "the blur has a sigma of at least {0} px",
        "moving by a part of a pixel blurs with up to 0.3 px",
    ),
    "sharper": Rule(
        "blur",
        1.03,
        "and the finer of two bands of detail is {0} times as strong in one image "
        "beside the other, as only a blur makes it: noise adds to both images' own "
        "detail, and to none that they share",
        "noise is no blur, whatever its estimate; 3 % is what bands of 65,000 pixels "
        "scatter by",
    ),
    "bend": Rule(
        "not linear",
        0.01,
        "what the best line leaves of the curve is at least {0} of the standard "
        "deviation of image 2",
        "less is what interpolation and the ends of a range leave",
    ),
    "bent": Rule(
        "not linear",
        0.5,
        "the curve explains at least {0} of what a line leaves beyond noise, and both "
        "halves of the blocks have it",
        "where much else is unexplained, a curve may be of that",
    ),
    "beyond": Rule(
        "not linear",
        1.2,
        "and a line leaves more than {0} times the squares that noise makes",
        "noise of image 1 flattens any curve where pixels differ by noise alone",
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
        "the range below, or 10 times those of a single value there, and the other "
        "image goes beyond",
        "values thin out towards the top, unless they are cut off",
    ),
    "varies": Rule(
        "saturation",
        0.03,
        "and the other image varies there: its quartiles are {0} of its standard "
        "deviation apart",
        "a flat background is no ceiling",
    ),
    "apart": Rule(
        "saturation",
        0.8,
        "and of a pixel there and one just short of it, {0} times of 1 the other image "
        "has them in one order",
        "noise over a flat background gives 0.7",
    ),
    "coarser": Rule(
        "quantised",
        1.9,
        "the values are steps apart that are {0} times as large as those of the other "
        "image",
        "a gain of 1.9 that keeps whole numbers is rare",
    ),
    "step": Rule(
        "quantised",
        0.02,
        "a step is at least {0} of the standard deviation of image 2",
        "finer steps do not show",
    ),
    "within": Rule(
        "quantised",
        0.98,
        "at least {0} of the pixels are within half a step of where a line has them",
        "steps of photons come with noise, and go further",
    ),
    "grid": Rule(
        "compressed",
        6.0,
        "cut into eights, rows and columns have fainter fine terms at one place of "
        "eight, {0} times as far from the others as these scatter",
        "JPEG rounds blocks of 8×8 pixels apart",
    ),
    "faint": Rule(
        "compressed",
        0.7,
        "and fainter by a factor of exp({0}), beyond what image 1 has of it",
        "images that never were compressed reach exp(0.1); what image 1 had of it is "
        "no change",
    ),
    "white": Rule(
        "compressed",
        1.05,
        "and of what image 1 has beyond image 2 the largest term of eight pixels is "
        "more than {0} times the smallest, and chance",
        "noise of image 1, which hides a grid that it has, is equal in all terms",
    ),
    "false alarm": Rule(
        "local",
        0.01,
        "noise alone has a place anywhere, at any of five scales, in {0} of images",
        "more would find something in every tenth image of a large table",
    ),
    "local": Rule(
        "local",
        1.3,
        "a place stands out by {0} times what noise reaches anywhere, and beyond what "
        "the rest of the image is left with",
        "the estimate of the noise is good to 10 %, and photons have longer tails",
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
        "what is left is at most {0} times what the noise of both images makes (of few "
        "pixels, 4 standard errors more than it), or below 0.01 of the standard "
        "deviation of image 2",
        "the estimate of the noise is good to 10 %",
    ),
    "anywhere": Rule(
        "rest",
        1.3,
        "and nowhere, at no scale, is it more than {0} times what noise reaches",
        "the same for what is said to be nothing",
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
