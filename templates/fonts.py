"""The mathematical font that pages carry with them, so that brackets grow on machines without one."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from importlib.resources import files

FAMILY = "Gradmark Math"


@cache
def math_font_css() -> str:
    """A rule that embeds the font as FAMILY, and one that sets every `math` element in it.

    The font is a subset of STIX Two Math under a name of its own; its licence lies beside it and goes where it goes.
    """
    font = b64encode(files("templates").joinpath("fonts", "gradmark-math.woff2").read_bytes()).decode("ascii")
    return (
        f'@font-face{{font-family:"{FAMILY}";src:url(data:font/woff2;base64,{font}) format("woff2");font-display:block}}\n'
        f'math{{font-family:"{FAMILY}","STIX Two Math","Cambria Math",math}}\n'
    )
