"""A report opened in headless Chromium, from disk: what people do with it."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import report_data
from similij.ground.names import readable
from similij.report import report
from similij.report.text import visible

COUNT = 10_000
PAGE = 25


class Opened:
    """A page from disk, and all that it said and asked for."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: self.said.append(dialog.message))
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(file.as_uri())
        self.file = file

    def query(self, words: str) -> str:
        self.page.get_by_label("Filter rows").fill(words)
        return self.page.locator("#count").inner_text()

    def numbers(self) -> list[int]:
        """Numbers of the rows that the table shows."""
        buttons = self.page.locator("#rows tbody button").all_inner_texts()
        return [int(text) for text in buttons]

    def sort(self, label: str) -> None:
        self.page.locator("#rows thead button", has_text=label).first.click()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    rows, images = report_data.hostile()
    return {
        "hostile": report.write(
            folder / "hostile <b> #1.html",
            rows,
            images=images,
            title=report_data.TITLE,
            most_pairs=6,
            parameters={report_data.HOSTILE[0]: report_data.HOSTILE[3]},
        ),
        "many": report.write(folder / "many.html", report_data.many(COUNT)),
        "cells": report.write(
            folder / "cells.html",
            report_data.cells(),
            images={"first.tif": report_data.FIRST, "second.tif": report_data.SECOND},
            regions={"first.tif": report_data.REGIONS},
        ),
    }


@pytest.fixture
def hostile(browser: Browser, files: dict[str, Path]) -> Iterator[Opened]:
    yield from opened(browser, files["hostile"])


@pytest.fixture
def many(browser: Browser, files: dict[str, Path]) -> Iterator[Opened]:
    yield from opened(browser, files["many"])


@pytest.fixture
def cells(browser: Browser, files: dict[str, Path]) -> Iterator[Opened]:
    yield from opened(browser, files["cells"])


def opened(browser: Browser, file: Path, **look: Any) -> Iterator[Opened]:
    page = browser.new_page(**look)
    found = Opened(page, file)
    yield found
    # whatever was done: nothing ran that is not ours, nothing complained or was fetched
    assert page.evaluate("window.ran") is None
    assert found.said == []
    assert {url for url in found.asked if not url.startswith("data:")} <= {
        file.as_uri(),
        *(url for url in found.asked if url.startswith("blob:")),
    }
    page.close()


def test_names_and_titles_stay_text(hostile: Opened) -> None:
    page = hostile.page
    assert page.title() == visible(report_data.TITLE)
    assert page.locator("h1").inner_text() == visible(report_data.TITLE)
    rows = page.locator("#rows tbody tr")
    shown = [rows.nth(k).locator("td").nth(2).text_content() for k in range(16)]
    assert shown == [
        visible(readable(n)) for n in report_data.HOSTILE for _ in range(2)
    ]
    assert "[U+202E]gnp.exe" in shown[10]
    assert "\\xff" in shown[14]
    assert page.locator("script").count() == 2
    assert page.locator("img:not([src^='data:image/png;base64,'])").count() == 0
    for panel in page.locator(".panel[data-pair]").all():
        pair = int(panel.get_attribute("data-pair") or "")
        name = visible(readable(report_data.HOSTILE[pair]))
        assert (panel.locator("h3").text_content() or "").endswith(name)
        assert name in (panel.locator("img").nth(1).get_attribute("alt") or "")
    made = page.locator("#made tr").first
    names = [visible(report_data.HOSTILE[k]) for k in (0, 3)]
    assert made.locator("th, td").all_text_contents() == names


def test_nothing_can_be_fetched(browser: Browser, files: dict[str, Path]) -> None:
    page = browser.new_page()
    page.goto(files["hostile"].as_uri())
    refused = page.evaluate(
        """async () => {
            const found = [];
            document.addEventListener("securitypolicyviolation",
                (event) => found.push(event.effectiveDirective));
            await fetch("https://example.org/").catch(() => 0);
            const image = new Image();
            image.src = "https://example.org/a.png";
            const script = document.createElement("script");
            script.textContent = "window.ran = 1";
            document.body.append(script, image);
            const clicked = document.createElement("p");
            clicked.setAttribute("onclick", "window.ran = 1");
            document.body.append(clicked);
            clicked.click();
            await new Promise((done) => setTimeout(done, 200));
            return [found.sort(), window.ran ?? null];
        }"""
    )
    page.close()
    ways = ["connect-src", "img-src", "script-src-attr", "script-src-elem"]
    assert refused == [ways, None]


def test_sorts_numbers_with_undefined_last(many: Opened) -> None:
    rows = report_data.many(COUNT)
    known = [k for k, row in enumerate(rows) if not math.isnan(row["pearson"])]
    rising = sorted(known, key=lambda k: rows[k]["pearson"])
    assert many.numbers() == [*range(1, PAGE + 1)]
    head = many.page.locator("#rows thead th", has_text="Pearson R")
    many.sort("Pearson R")
    assert many.numbers() == [k + 1 for k in rising[:PAGE]]
    assert head.get_attribute("aria-sort") == "ascending"
    many.sort("Pearson R")
    falling = sorted(known, key=lambda k: -rows[k]["pearson"])
    assert many.numbers() == [k + 1 for k in falling[:PAGE]]
    assert head.get_attribute("aria-sort") == "descending"
    expect(head.locator("button")).to_be_focused()
    many.page.get_by_label("Rows per page").select_option("all")
    undefined = [k + 1 for k in range(COUNT) if k % 7 == 3]
    assert many.numbers() == [*(k + 1 for k in falling), *undefined]
    many.page.get_by_label("Rows per page").select_option("25")
    many.sort("RMSD")
    many.sort("RMSD")
    assert many.numbers()[0] == 6  # infinity is the largest, not undefined
    many.sort("Image 1")
    assert many.numbers()[1] == 2  # well1 before well2, and before well10
    many.page.get_by_label("Row number").click()
    assert many.numbers() == [*range(1, PAGE + 1)]


def test_filters(many: Opened) -> None:
    rows = report_data.many(COUNT)

    def expected(holds: Any) -> str:
        found = sum(map(holds, rows))
        return f"{found:,} of 10,000 rows" if found < COUNT else "10,000 rows"

    for words, holds in {
        "pearson < 0.8": lambda r: r["pearson"] < 0.8,
        "Pearson R": lambda r: False,
        '"pearson r" >= 0.25 RMSD<=100': lambda r: (
            r["pearson"] >= 0.25 and r["rmsd"] <= 100
        ),
        "pearson = nan": lambda r: math.isnan(r["pearson"]),
        "pearson != nan n≥9000": lambda r: (
            not math.isnan(r["pearson"]) and r["n"] >= 9000
        ),
        "pearson > −0.1 pearson<0": lambda r: -0.1 < r["pearson"] < 0,
        "rmsd = inf": lambda r: r["rmsd"] == math.inf,
        "PLATE3/": lambda r: r["image_1"].startswith("plate3/"),
        "image_1 = plate3/well7.TIF": lambda r: r["image_1"] == "plate3/well7.tif",
        'image_1 != "plate3/well7.tif"': lambda r: r["image_1"] != "plate3/well7.tif",
        '"constant image" well1': lambda r: r["note"] != "" and "well1" in r["image_1"],
        "": lambda r: True,
    }.items():
        assert many.query(words) == expected(holds), words
    assert many.query("pearson < 0.8 pearsn > 0").startswith(
        'There is no column "pearsn". Columns: image_1, image_2, region, n, pearson,'
    )
    assert many.page.get_by_label("Filter rows").get_attribute("aria-invalid") == "true"
    assert '"0,8" is no number' in many.query("pearson < 0,8")
    assert many.query("pearson <").startswith("A condition is a column, a sign and a")
    assert many.query("n < 105") == "5 of 10,000 rows"
    assert many.numbers() == [1, 2, 3, 4, 5]
    assert many.page.get_by_label("Filter rows").get_attribute("aria-invalid") is None


def test_pages_of_a_long_table(many: Opened) -> None:
    page = many.page
    page.get_by_role("button", name="Row 4: show plate0/well3.tif and").click()
    cells = page.locator("#other tbody td").all_text_contents()
    rmsd = f"{report_data.many(4)[3]['rmsd']:.7g}"
    assert cells == ["Whole image", "103", "undefined", rmsd, "a constant image"]
    assert page.locator("#rows tbody tr").count() == PAGE  # what keeps it fluid
    assert page.locator("#page").inner_text() == "Page 1 of 400"
    expect(page.get_by_role("button", name="Previous page")).to_be_disabled()
    page.get_by_role("button", name="Next page").click()
    assert many.numbers() == [*range(PAGE + 1, 2 * PAGE + 1)]
    page.get_by_label("Rows per page").select_option("1000")
    assert page.locator("#page").inner_text() == "Page 1 of 10"
    many.query("n > 10000")
    assert page.locator("#page").inner_text() == "Page 1 of 1"
    expect(page.get_by_role("button", name="Next page")).to_be_disabled()
    assert many.query("no such word") == "0 of 10,000 rows"
    assert many.numbers() == []


def test_a_row_shows_its_pair(hostile: Opened) -> None:
    page = hostile.page
    shown = page.locator(".panel:visible")
    assert shown.count() == 1
    # six of eight have pictures; the most pixels were changed in pair 7
    assert shown.get_attribute("data-pair") == "7"
    row = page.locator("#rows tbody tr[data-row='9']")
    row.locator("td").nth(2).click()
    assert shown.get_attribute("data-pair") == "4"
    assert row.get_attribute("aria-current") == "true"
    expect(shown.locator("h3")).to_be_focused()
    for picture in shown.locator("img").all():
        width, height = (
            picture.evaluate(f"i => i.natural{s}") for s in ("Width", "Height")
        )
        assert (width, height) in {(56, 40), (256, 256)}
    page.get_by_role("button", name="Next pair").click()
    assert shown.get_attribute("data-pair") == "3"
    # a pair without pictures still has its numbers
    page.get_by_role("button", name="Row 1: show reference and").click()
    assert shown.get_attribute("id") == "other"
    assert "This pair has no pictures" in shown.inner_text()
    cells = shown.locator("tbody tr").first.locator("td").all_inner_texts()
    first = report_data.hostile()[0][0]
    assert cells[:3] == ["left", str(first["n"]), f"{first['pearson']:.7g}"]
    page.get_by_label("Pair", exact=True).select_option(index=0)
    assert shown.get_attribute("data-pair") == "7"


def test_a_row_finds_its_outline_and_an_outline_its_row(cells: Opened) -> None:
    page = cells.page
    marked = page.locator(".panel:visible g.marked title")
    rows = page.locator(".panel:visible tr.marked")
    page.locator("#rows tbody tr[data-row='1']").click()
    assert [t.split(": ")[0] for t in marked.all_text_contents()] == ["2"] * 3
    assert rows.locator("td").nth(1).inner_text() == "right"
    # In the panel: by the row, by its number with the keys, and by the outline itself.
    page.locator(".panel:visible tr[data-region='left'] td").last.click()
    assert [t.split(": ")[0] for t in marked.all_text_contents()] == ["1"] * 3
    page.get_by_role("button", name="Show outline 2: right").press("Enter")
    assert rows.locator("td").nth(1).inner_text() == "right"
    page.locator(".panel:visible .signed g[data-region='left'] path").click()
    assert rows.locator("td").nth(1).inner_text() == "left"
    stroke = "e => getComputedStyle(e).strokeWidth"
    marks = page.locator(".panel:visible g path")
    assert {marks.nth(k).evaluate(stroke) for k in (0, 1)} == {"3.5px", "1.4px"}


def test_headings_and_names_do_not_run_together_in_print(cells: Opened) -> None:
    page = cells.page
    page.set_viewport_size({"width": 718, "height": 1000})
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    # The words themselves, and not the cells that they stand in.
    gaps = page.evaluate(
        """() => [...document.querySelectorAll('table')].flatMap(t => [...t.rows])
        .filter(r => r.checkVisibility()).flatMap(row => {
          const boxes = [...row.cells].flatMap(cell => {
            const range = document.createRange();
            range.selectNodeContents(cell);
            const words = [...range.getClientRects()].filter(r => r.width);
            return words.length && cell.textContent.trim() ? [[
              Math.min(...words.map(r => r.left)),
              Math.max(...words.map(r => r.right))]] : [];
          });
          return boxes.slice(1).map((box, k) => box[0] - boxes[k][1]);
        })"""
    )
    assert len(gaps) > 60
    assert min(gaps) >= 4


def test_keys_reach_everything(hostile: Opened) -> None:
    page = hostile.page
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the table")).to_be_focused()
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "(e => e.id || e.className || e.getAttribute('aria-label'))"
                "(document.activeElement)"
            )
        )
        if str(seen[-1]).startswith("Row 3"):
            break
    order = [seen.index(n) for n in ("map", "cellbox", "query", "size", "save")]
    assert order == sorted(order)
    assert str(seen[-1]).startswith("Row 3: show reference and")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "H3"
    assert page.locator("#rows tr[aria-current]").get_attribute("data-row") == "3"


def test_cells_of_the_heat_map(hostile: Opened) -> None:
    page = hostile.page
    box = page.locator(".map.chosen .cellbox")
    said = page.locator(".map.chosen .cell")
    box.focus()
    assert said.inner_text().startswith("reference · ")
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "End", "Home", "ArrowRight"):
        page.keyboard.press(key)
    assert "RMSD" in said.inner_text()
    assert visible(report_data.HOSTILE[1]) in said.inner_text()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    assert page.locator(".panel:visible").get_attribute("data-pair") == "7"
    page.get_by_label("Shown").select_option("Pearson R by region")
    assert page.locator(".map:visible").count() == 1
    cells = page.locator(".map.chosen .cells image")
    corner = cells.bounding_box()
    assert corner is not None
    cells.click(position={"x": 5, "y": corner["height"] - 5})
    assert said.inner_text().startswith(
        f"reference · {visible(readable(report_data.HOSTILE[7]))}"
    )
    assert page.locator(".panel:visible").get_attribute("data-pair") == "7"


def test_columns_can_be_chosen(hostile: Opened) -> None:
    page = hostile.page
    names = page.locator("#rows thead th")
    assert "Run" not in names.all_inner_texts()
    page.locator("#columns summary").click()
    page.get_by_label("Run", exact=True).check()
    page.get_by_label("RMSD", exact=True).uncheck()
    shown = [text.strip("▲▼ ") for text in names.all_inner_texts()]
    assert "Run" in shown
    assert "RMSD" not in shown
    assert page.locator("#choices input").count() == len(report_data.hostile()[0][0])
    page.keyboard.press("Escape")
    expect(page.get_by_label("Run", exact=True)).to_be_hidden()


def test_rows_can_be_saved(many: Opened, tmp_path: Path) -> None:
    many.query("n < 110")
    many.sort("RMSD")
    with many.page.expect_download() as saved:
        many.page.get_by_role("button", name="Save these rows").click()
    saved.value.save_as(tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(newline="", encoding="utf-8") as stream:
        found = [*csv.DictReader(stream)]
    expected = sorted(report_data.many(10), key=lambda row: row["rmsd"])
    assert [float(row["rmsd"]) for row in found] == [row["rmsd"] for row in expected]
    assert [row["image_1"] for row in found] == [row["image_1"] for row in expected]
    assert [row["pearson"] == "" for row in found] == [
        math.isnan(row["pearson"]) for row in expected
    ]


def test_print_has_every_row_and_pair(hostile: Opened, many: Opened) -> None:
    page = hostile.page
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 less its margins
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".panel[data-pair]:visible").count() == 6
    assert page.locator(".map:visible").count() == page.locator(".map").count()
    wide = page.evaluate(
        "[...document.querySelectorAll('table, .cells, img')].filter(e =>"
        " e.checkVisibility() && e.getBoundingClientRect().right > innerWidth).length"
    )
    assert wide == 0
    assert page.locator("input:visible, select:visible").count() == 0
    # words, because Chromium repeats no buttons at the top of each page
    heads = page.locator("#rows thead th")
    assert page.locator("#rows thead button:visible").count() == 0
    assert heads.locator("span:visible").all_inner_texts()[:2] == ["#", "Image 1"]
    many.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert many.page.locator("#rows tbody tr").count() == COUNT
    many.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert many.page.locator("#rows tbody tr").count() == PAGE


def test_print_is_told_to_the_page(many: Opened) -> None:
    many.page.evaluate(
        "addEventListener('beforeprint', () => { window.printed = "
        "document.querySelectorAll('#rows tbody tr').length })"
    )
    many.query("n < 130")
    many.page.pdf()
    assert many.page.evaluate("window.printed") == 30


def test_every_control_has_a_name(hostile: Opened) -> None:
    page = hostile.page
    page.locator("#columns summary").click()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("input, select, button, a, [tabindex]")]
            .filter((e) => !(e.labels?.length || e.getAttribute("aria-label")
                || e.getAttribute("aria-labelledby") || e.textContent.trim()))
            .map((e) => e.outerHTML)"""
    )
    assert nameless == []
    broken = page.evaluate(
        """() => ["for", "aria-labelledby", "aria-describedby"].flatMap((name) =>
            [...document.querySelectorAll(`[${name}]`)].filter((e) =>
                !document.getElementById(e.getAttribute(name))))
            .concat([...document.querySelectorAll("a[href^='#']")].filter((e) =>
                !document.querySelector(e.getAttribute("href")))).length"""
    )
    assert broken == 0
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len({*ids})
    assert page.locator("img:not([alt])").count() == 0
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4')].map(e => +e.tagName[1])"
    )
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("main, nav, header").count() >= 3
    assert page.locator("th:not([scope])").count() == 0


CONTRAST = """() => {
    const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = (text) => {
        const [r, g, b] = rgb(text).map((v) => v / 255)
            .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (e) => {
        for (; e; e = e.parentElement) {
            const found = getComputedStyle(e).backgroundColor;
            if (rgb(found)[3] !== 0) return found;
        }
    };
    const all = [...document.querySelectorAll("body *")].filter((e) =>
        e.checkVisibility() && !e.closest("svg") && !e.disabled
        && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
    return [all.length, Math.min(...all.map((e) => {
        const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }))];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out(browser: Browser, files: dict[str, Path], scheme: str) -> None:
    for found in opened(browser, files["hostile"], color_scheme=scheme):
        found.page.get_by_role("button", name="Row 5:").click()
        count, least = found.page.evaluate(CONTRAST)
        assert count > 100
        assert least >= 4.5  # WCAG 2.2, 1.4.3
        paper = found.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (paper == "rgb(255, 255, 255)") == (scheme == "light")


@pytest.mark.parametrize("name", ["hostile", "many"])
def test_narrow_screens(browser: Browser, files: dict[str, Path], name: str) -> None:
    look = {"viewport": {"width": 360, "height": 700}}
    for found in opened(browser, files[name], **look):
        assert found.page.evaluate("document.documentElement.scrollWidth") == 360
