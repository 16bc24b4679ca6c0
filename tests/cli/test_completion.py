"""Tab in a shell: commands, options, and what stands behind an option."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from support import HUNG


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("similij ba", ["batch"]),
        ("similij batch --sch", ["--scheduler"]),
        ("similij batch --rescale ", ["none", "percentile", "zscore", "linear"]),
        ("similij compare --align r", ["rigid"]),
        ("similij compare --format ", ["table", "json", "csv"]),
        ("similij compare --background ", []),
    ],
)
def test_tab_in_bash(words: str, offered: list[str]) -> None:
    """Ask as the script does that `similij --install-completion bash` writes."""
    asked = {
        "_SIMILIJ_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    source = "import sys; sys.argv = ['similij']; import similij.cli as c; c.main()"
    done = subprocess.run(
        [sys.executable, "-c", source],
        capture_output=True,
        text=True,
        check=False,
        timeout=HUNG,
        env={**os.environ, **asked},
    )
    assert done.stderr == ""
    assert done.stdout.split() == offered
