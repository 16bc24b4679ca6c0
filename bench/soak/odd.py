"""Change bytes, words and messages a little, each time in another way."""

from __future__ import annotations

import copy
import random
from typing import Any

LETTERS = (
    # Of macros, of tables, and what is not seen; no "/" and no "\\", so that no odd
    # word is the path of anything outside of the folder where it is tried.
    *"=[]{}()'\"&;:,.|%*?#!~^$@+-_ aZ09éµ",
    *("\t", "\n", "\r", "\x00", "\x1b", "\u200b", "\u202e", "\ufeff", "\U0001f600"),
)

NUMBERS = (
    *("0", "-1", "1", "2", "1e308", "-1e308", "1e-320", "nan", "inf", "-inf", "0x10"),
    *("99999999999999999999", "2147483648", "65536", "0.5", "1,5", "1;5", "", " "),
)

BYTES = (
    b"\x00",
    b"\r",
    b"\n",
    b"\xff",
    b"\xe9",
    b'"',
    b",",
    b";",
    b"\t",
    b"\xef\xbb\xbf",
)


def text(rng: random.Random, whole: str) -> str:
    """Change a text: letters, pieces, numbers, its end."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        at = rng.randrange(len(whole) + 1)
        end = min(len(whole), at + rng.choice((1, 1, 2, 5, 20)))
        match rng.randrange(8):
            case 0:
                whole = whole[:at] + rng.choice(LETTERS) + whole[at:]
            case 1:
                whole = whole[:at] + whole[end:]
            case 2:
                whole = whole[:at] + rng.choice(LETTERS) + whole[at + 1 :]
            case 3:
                other = rng.randrange(len(whole) + 1)
                whole = whole[:other] + whole[at:end] + whole[other:]
            case 4:
                whole = whole[:at] + rng.choice(NUMBERS) + whole[end:]
            case 5:
                whole = whole[:at] + whole[at:].swapcase()
            case 6:
                whole = whole[:at]
            case _:
                many = rng.choice((2, 10, 300))
                whole = whole[:at] + whole[at:end] * many + whole[end:]
    return whole


def content(rng: random.Random, whole: bytes) -> bytes:
    """Change the bytes of a file of lines."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        at = rng.randrange(len(whole) + 1)
        end = min(len(whole), at + rng.choice((1, 1, 2, 5, 20, 200)))
        lines = whole.splitlines(keepends=True)
        match rng.randrange(9):
            case 0:
                whole = whole[:at] + rng.choice(BYTES) + whole[at:]
            case 1:
                whole = whole[:at] + whole[end:]
            case 2:
                byte = bytes([rng.randrange(256)])
                whole = whole[:at] + byte + whole[at + 1 :]
            case 3:
                whole = whole[:at]
            case 4 if lines:
                k = rng.randrange(len(lines))
                whole = b"".join((*lines[:k], *lines[k : k + 1] * 2, *lines[k + 1 :]))
            case 5 if lines:
                k = rng.randrange(len(lines))
                whole = b"".join((*lines[:k], *lines[k + 1 :]))
            case 6 if len(lines) > 1:
                j, k = rng.sample(range(len(lines)), 2)
                lines[j], lines[k] = lines[k], lines[j]
                whole = b"".join(lines)
            case 7:
                piece = rng.choice((b"\x00" * 64, b"a" * 3000, b'"', b"\r\n" * 3))
                whole = whole[:at] + piece + whole[at:]
            case _:
                whole = whole[:at] + rng.choice(NUMBERS).encode() + whole[end:]
    return whole


STRANGE: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 3, 2**31, 2**63, -(2**63), 10**30, 0.5, 1e308),
    *(float("nan"), float("inf"), "", "1", "none", "all", "a" * 300, "\x00", "\n"),
    *("\ud800", "é", [], [None], {}, {"a": 1}, [[]], [0] * 50),
)


def tree(rng: random.Random, whole: Any) -> Any:
    """Change a message: a leaf, a branch, a key."""
    changed = copy.deepcopy(whole)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        places = list(_places(changed))
        if not places:
            return rng.choice(STRANGE)
        holder, key = rng.choice(places)
        value = holder[key]
        match rng.randrange(6):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[text(rng, str(key))] = holder.pop(key)
            case 2 if isinstance(value, str):
                holder[key] = text(rng, value)
            case 3 if isinstance(value, (int, float)) and not isinstance(value, bool):
                holder[key] = rng.choice((value + 1, value - 1, -value, value * 1000))
            case 4 if isinstance(holder, list):
                holder.insert(rng.randrange(len(holder) + 1), copy.deepcopy(value))
            case _:
                holder[key] = copy.deepcopy(rng.choice(STRANGE))
    return changed


def _places(whole: Any) -> Any:
    keys: Any = ()
    if isinstance(whole, dict):
        keys = list(whole)
    elif isinstance(whole, list):
        keys = range(len(whole))
    for key in keys:
        yield whole, key
        yield from _places(whole[key])
