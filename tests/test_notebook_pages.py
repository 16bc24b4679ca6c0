"""What results show of themselves in a notebook, looked at in headless Chromium."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

import similij

HOSTILE = "<script>window.ran = 1</script>\u202egnp.tif"
A = np.random.default_rng(0).random((30, 40))
THEMES = {"light": ("#ffffff", "#1f1f1f"), "dark": ("#111111", "#e0e0e0")}


def shown() -> dict[str, str]:
    other = A + 0.1
    two = similij.compare(
        A, other, names=(HOSTILE, "b.tif"), regions=(A > 0.5).astype(np.uint8),
    )  # fmt: skip
    things: dict[str, Any] = {
        "image": similij.Image(A, axes="yx", title=HOSTILE),
        "comparison": two,
        "one": similij.compare(A, other, names=(HOSTILE, "b.tif")),
        "verdict": similij.verdict(A, other),
    }
    return {name: thing._repr_html_() for name, thing in things.items()}


@pytest.mark.parametrize("theme", THEMES)
def test_they_have_the_colours_of_the_page(browser: Browser, theme: str) -> None:
    paper, ink = THEMES[theme]
    page = browser.new_page(viewport={"width": 900, "height": 700}, color_scheme=theme)
    parts = "".join(f"<div id={name}>{html}</div>" for name, html in shown().items())
    page.set_content(f"<body style='background:{paper};color:{ink}'>{parts}</body>")
    assert page.evaluate("window.ran") is None
    looks = page.evaluate(
        """() => [...document.querySelectorAll("div *")].map(e => {
            const look = getComputedStyle(e);
            return [look.color === getComputedStyle(document.body).color,
                    look.backgroundColor === "rgba(0, 0, 0, 0)"];
        })"""
    )
    assert len(looks) > 60
    assert all(all(look) for look in looks)
    words = page.locator("#image").inner_text() + page.locator("#one").inner_text()
    assert words.count("[U+202E]gnp.tif") == 2
    assert page.locator("#comparison tbody tr").count() == 1
    page.close()


def test_of_many_rows_the_first_are_shown() -> None:
    labels = np.arange(1, 101).reshape(10, 10).repeat(3, 0).repeat(4, 1)
    found = similij.compare(A, A + 0.1, regions=labels)
    html = found._repr_html_()
    assert html.count("<tr>") == 1 + 60
    assert "40 more rows" in html
