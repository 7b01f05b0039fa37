"""Powers said in words: `n squared`, `x cubed`, `n的平方`, `n 的三次方`."""

from __future__ import annotations

import re

from grader.reading.surroundings import Surrounded

_EXPONENTS = {"squared": "2", "cubed": "3", "平方": "2", "立方": "3"}
_FIGURES = dict(zip("二两三四五六七八九", "223456789", strict=True))
# A square root, a sum of squares and square metres begin with the same characters, and are no powers.
_SAID = re.compile(
    r"(?<=[A-Za-z0-9)\]}\u0370-\u03ff])"
    r"(?:\s{1,4}(?P<en>squared|cubed)(?![A-Za-z0-9_])"
    r"|\s{0,4}的?(?P<zh>平方|立方|[二两三四五六七八九2-9]次[方幂])(?:(?![\u4e00-\u9fff])|(?=[级阶量数时空复乘加减除])))"
)


def write_powers(found: Surrounded) -> None:
    """Puts the sign and the figure in place of the words for a power, at their place."""
    text = _SAID.sub(_written, found.text)
    if text == found.text:
        return
    for said in _SAID.finditer(found.text):
        figure = _written(said).rstrip()
        found.note(f"“{said[0].strip()}” was read as {figure}.", f"“{said[0].strip()}”按 {figure} 理解。")
    found.text = text


def _written(said: re.Match[str]) -> str:
    word = said["en"] or said["zh"]
    figure = _EXPONENTS.get(word) or _FIGURES.get(word[0], word[0])
    return f"^{figure}".ljust(len(said[0]))
