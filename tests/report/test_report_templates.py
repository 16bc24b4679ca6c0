"""Nothing of a report is HTML by hand: what templates write is escaped by itself."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import similij.report
from similij.report.page import _templates

WING = Path(similij.report.__path__[0])
TEMPLATES = sorted((WING / "templates").glob("*.j2"))


def test_modules_make_no_html() -> None:
    for module in WING.glob("*.py"):
        nodes = [*ast.walk(ast.parse(module.read_text("utf-8")))]
        docstrings = {id(n.value) for n in nodes if isinstance(n, ast.Expr)}
        for node in nodes:
            if isinstance(node, ast.Constant) and id(node) not in docstrings:
                assert not re.search(r"</?[a-z]+", str(node.value)), (
                    module,
                    node.value,
                )


def test_templates_trust_only_what_is_ours() -> None:
    expressions = [
        expression
        for template in TEMPLATES
        for expression in re.findall(r"{{.*?}}|{%.*?%}", template.read_text("utf-8"))
    ]
    trusting = [e for e in expressions if re.search(r"\bsafe\b|autoescape", e)]
    assert sorted(trusting) == [
        "{{ data|safe }}",
        "{{ script.text|safe }}",
        "{{ style.text|safe }}",
    ]


def test_every_template_escapes_and_spells_out() -> None:
    assert len(TEMPLATES) == 9
    for template in TEMPLATES:
        assert _templates().get_template(template.name)
    written = (
        _templates()
        .from_string("<i title='{{ x }}'>{{ x }}</i>")
        .render(x="<b>\u202e'\"")
    )
    spelt = "&lt;b&gt;[U+202E]&#39;&#34;"
    assert written == f"<i title='{spelt}'>{spelt}</i>"
