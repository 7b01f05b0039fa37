"""Prompts: what they may say, and that a bank file can do nothing with them."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest

from questions.prompts import LONGEST, PromptError, render, render_text
from solvers.text import Text
from solvers.values import Shape, array

GIVENS = {
    "n": 7,
    "one": 1,
    "x": Fraction(1, 3),
    "v": array([1, 2, 3]),
    "W": array([[1, 2], [3, 4]]),
    "mode": "ceil",
    "size": Shape((3, 32, 32)),
}

SAID = [
    ("{{ n }} pixels", "7 pixels"),
    ("$x = {{ x }}$", r"$x = \frac{1}{3}$"),
    ("{{ x|plain }}", "1/3"),
    ("$W = {{ W }}$", r"$W = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}$"),
    ("{{ v|plain }}", "[1, 2, 3]"),
    ("{{ v|row }}", r"\begin{pmatrix} 1 & 2 & 3 \end{pmatrix}"),
    ("{{ W[1] }}", r"\begin{pmatrix} 3 \\ 4 \end{pmatrix}"),
    ("{{ W[1][0] }}", "3"),
    ("{{ size }}", r"3 \times 32 \times 32"),
    ("{{ size[0] }}", "3"),
    ("{{ v|length }} layers", "3 layers"),
    ("{{ one }} {{ one|plural('pixel', 'pixels') }}", "1 pixel"),
    ("{{ n }} {{ n|plural('pixel', 'pixels') }}", "7 pixels"),
    ("{% if mode == 'ceil' %}up{% else %}down{% endif %}", "up"),
    ("{% for k in v %}{{ loop.index }}:{{ k }} {% endfor %}", "1:1 2:2 3:3"),
    ("{{ v[0] if n > 3 else v[1] }}", "1"),
    ("{{ 2*n + 1 }}, {{ n // 2 }}, {{ n % 2 }}", "15, 3, 1"),
    ("  {# not said #}spaces  ", "spaces"),
]


@pytest.mark.parametrize(("source", "text"), SAID)
def test_a_prompt_says_its_givens(source: str, text: str) -> None:
    """As LaTeX, as plain text, as a row, one by one, with conditions and simple sums."""
    assert render(source, GIVENS) == text


HOSTILE = [
    "{{ ''.__class__ }}",
    "{{ ''['__class__'] }}",
    "{{ n.__class__.__mro__ }}",
    "{{ v['count'] }}",
    "{{ mode['join'] }}",
    "{{ W|attr('__class__') }}",
    "{{ v|map('plain') }}",
    "{{ 'a' * 10**9 }}",
    "{{ 'a' * 999999999 }}",
    "{{ mode * 999999999 }}",
    "{{ 999999999 * v }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '%s' % n }}",
    "{{ 10 ** 10 ** 10 }}",
    "{{ 'a' ~ n }}",
    "{% for a in v %}{% for b in v %}x{% endfor %}{% endfor %}",
    "{% for a in v recursive %}{{ loop(v) }}{% endfor %}",
    "{% for i in range(10**9) %}x{% endfor %}",
    "{% for i in n %}x{% endfor %}",
    "{{ range(999999999)|length }}",
    "{{ lipsum(100) }}",
    "{{ cycler('a') }}",
    "{{ namespace(a=1) }}",
    "{{ loop.__class__ }}",
    "{% for a in v %}{{ loop.__init__ }}{% endfor %}",
    "{% for a in v %}{{ loop.cycle('a') }}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% call m() %}{% endcall %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import system %}",
    "{% extends 'base.html' %}",
    "{% set n = 5 %}",
    "{% block a %}{% endblock %}",
    "{% filter plain %}x{% endfilter %}",
    "{% do n %}",
    "{{ self }}",
    "{{ none }}",
    "{% for a in v %}{{ loop }}{% endfor %}",
    "{{ n|tojson }}",
    "{{ n|safe }}",
    "{{ v|join(',') }}",
    "{{ n is divisibleby 2 }}",
    "{{ [n, n] }}",
    "{{ {'a': n} }}",
    "{{ v[0:2] }}",
    "{{ v[99] }}",
    "{{ n[0] }}",
    "{{ n|row }}",
    "{{ mode|length + v }}",
    "{{ n / 0 }}",
    "{{ n|plural }}",
    "{{ n",
    "{% if n %}",
    "{{ " + "(" * 3000 + "n" + ")" * 3000 + " }}",
    "{{ " + "not " * 3000 + "n }}",
    "{{ " + "-" * 3000 + "n }}",
    "{% if n %}" * 300 + "{% endif %}" * 300,
    "{{ " + " + ".join(["n"] * 1900) + " }}" + "{{ missing }}",
]


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_a_prompt_that_tries_something_is_refused_in_milliseconds(source: str) -> None:
    """With a message in both languages."""
    began = time.process_time()
    with pytest.raises(PromptError) as caught:
        render(source, GIVENS)
    assert time.process_time() - began < 20
    assert caught.value.text.en.startswith("the prompt cannot be rendered: ")
    assert caught.value.text.zh.startswith("题面无法渲染：")


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    """In a branch that isn't taken too: the next variant may take it."""
    with pytest.raises(PromptError, match=r"there is no given 'moed'\. Did you mean 'mode'\?"):
        render("{% if n > 100 %}{{ moed }}{% endif %}", GIVENS)


def test_a_mistake_names_its_line() -> None:
    """Of the prompt."""
    with pytest.raises(PromptError, match="line 3: a prompt may not use assign"):
        render("one\ntwo\n{% set a = 1 %}", GIVENS)


def test_a_prompt_that_grows_too_long_is_refused() -> None:
    """By a loop over many values, for instance."""
    with pytest.raises(PromptError, match=f"longer than {LONGEST} characters"):
        render("{% for a in v %}" + "x" * 200 + "{% endfor %}", {"v": array(list(range(200)))})


def test_both_languages_are_rendered() -> None:
    """From the same givens."""
    assert render_text(Text("{{ n }} pixels", "{{ n }} 像素"), GIVENS) == Text("7 pixels", "7 像素")


def test_text_in_the_givens_is_said_and_not_run() -> None:
    """A word that looks like a template stays as it is."""
    assert render("{{ mode }}", {"mode": "{{ n }}"}) == "{{ n }}"
