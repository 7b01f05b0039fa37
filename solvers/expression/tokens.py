"""The characters of an expression grouped into tokens; plain text and LaTeX alike.

No step changes the length of the text before it is cut, so that every token's place is its place in what was typed.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from solvers.expression.errors import UnexpectedCharacter, UnknownCommand


class Token(NamedTuple):
    """What it is, its text (a name's in plain spelling), and where it starts and ends."""

    kind: str
    text: str
    start: int
    end: int


GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ϑ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi",
    "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "ϕ": "phi", "χ": "chi", "ψ": "psi",
    "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma",
    "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "ℓ": "ell",
}  # fmt: skip
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₒₓₕₖₗₘₙₚₛₜᵢᵣᵤᵥⱼ", "0123456789+-aeoxhklmnpstiruvj", strict=True))
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱˣʸᵏᵐ", "0123456789+-()nixykm", strict=True))
FRACTIONS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"


def _tidy_characters() -> dict[int, str]:
    """Full-width forms, look-alike signs and mathematical alphabets, each to the one character it stands for."""
    same = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    for characters, plain in (
        ("−–—‒‐‑―﹣➖", "-"), ("＋➕", "+"), ("×✕✖╳·∙•⋅∗・", "*"), ("÷∕⁄➗", "/"), ("【〔❲", "["), ("】〕❳", "]"),
        ("❨❪﹙⟮", "("), ("❩❫﹚⟯", ")"), ("❴﹛", "{"), ("❵﹜", "}"),
        ("、﹐", ","), ("′’‘ʹ‵", "'"), ("“”", '"'), ("≦⩽", "≤"), ("≧⩾", "≥"), ("ᵀ⊺", "ᵀ"), ("µ", "μ"), ("∘", "⊙"),
        ("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u202f\u205f\u2060\u3000\ufeff", " "),
    ):  # fmt: skip
        same.update(dict.fromkeys(characters, plain))
    for code in range(0x1D400, 0x1D800):
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1:
            same[chr(code)] = plain
    return {ord(character): plain for character, plain in same.items()}


_TIDY = _tidy_characters()
_POWERS = ("**", "＊＊", "*＊", "＊*")


def tidy(text: str) -> str:
    """The text with full-width and look-alike characters in their plain form, each still at its place."""
    if text.isascii():
        return text
    plain = text.translate(_TIDY)
    if "**" in plain:  # two signs, as in `3*×4`, are no power
        plain = re.sub(r"\*\*", lambda pair: "**" if text[slice(*pair.span())] in _POWERS else "*×", plain)
    return plain


LETTERS = "A-Za-zÀ-ÖØ-öø-ɏΑ-ώϐ-ϿЀ-ӿℓ\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_NOT_PI = LETTERS.replace("Α-ώ", "Α-ορ-ώ")  # `rπ` is a product, `πr` too
_SUBSCRIPT_LETTERS = "".join(SUBSCRIPTS)
_MARKS = "\u0302\u0303\u0304\u0305"
_MARK_NAMES = {"\u0302": "_hat", "\u0303": "_tilde", "\u0304": "_bar", "\u0305": "_bar"}
# Repetitions are bounded wherever a closing brace may be missing: otherwise many open ones cost the square of their number.
_BRACED = r"\{(?:[^{}]|\{[^{}]{0,64}\}){0,64}\}"
_FONTS = r"operatorname\*?|math(?:rm|bf|it|sf|tt|cal|bb)|text(?:rm|bf|it|sf)?|boldsymbol|bm|vec"
_HATS = "widehat|hat|overline|bar|widetilde|tilde"
_NAMED = "|".join(
    sorted({*GREEK.values(), "varepsilon", "vartheta", "varphi", "varrho", "varsigma"}, key=len, reverse=True)
)
_FUNCTIONS = (
    "sigmoid|softmax|relu|ReLU|tanh|sinh|cosh|tan|sin|cos|exp|log|lg|ln|max|min|sec|csc|cot|sech|csch|coth|arcsin|arccos|arctan|arccot|"
    "arcsec|arccsc|arcsinh|arccosh|arctanh|arsinh|arcosh|artanh|asin|acos|atan|arctg|tg|ctg|cosec|gcd|lcm|sgn|abs|floor|ceil"
)
_NAME = rf"""
    (?: π(?=[{LETTERS}]) | [{LETTERS}][{_NOT_PI}{_MARKS}0-9]* | \\(?:{_FONTS}|{_HATS})\s*{_BRACED} | \\(?:{_NAMED}|{_FUNCTIONS})(?![A-Za-z]) )
    (?: [ ]{{0,4}}\\?_{{1,2}}[ ]{{0,4}} (?: {_BRACED} | \([^()]{{0,32}}\) | [{LETTERS}0-9]+ | \\(?:{_FONTS})\s*{_BRACED} | \\(?:{_NAMED})(?![A-Za-z]) )
      | _?[{_SUBSCRIPT_LETTERS}]+ )*
    (?: '+ | \^\\prime(?![A-Za-z]) | \^\{{\\prime\}} )?
"""
_MAXIMA = r"(?<![A-Za-z0-9)\]}.])%(?:pi|e|i)(?![A-Za-z0-9_])"  # constants of Maxima; after an operand, % is a sign
_SCAN = re.compile(
    rf"""
      (?P<space> [\s~$]+ | \\[,;:!>\s()\[\]] | \\(?:{_FONTS})(?![A-Za-z*])(?!\s*\{{)
               | (?:math|numpy|np|torch|tf|F)\.(?=[A-Za-z]) )
    | (?P<number> (?: [0-9]+(?:_[0-9]{{3}})* (?: \.(?!\.)[0-9]* )? | \.[0-9]+ ) (?: [eE][+-]?[0-9]+ )? )
    | (?P<name> {_NAME} | {_MAXIMA} )
    | (?P<dots> \.\.+ | … )
    | (?P<transpose> \.T(?![{LETTERS}0-9_]) )
    | (?P<operator> \*\*|//|&&|\|\||<=|>=|==|!=|<>|[-+*×/^%@=<>≤≥≠∈∉∧∨¬⊙⊗√∛∜∑∏∞!°_()\[\]{{}}⌊⌋⌈⌉|‖,;&] )
    | (?P<fraction> [{FRACTIONS}] | [⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,20}}/[₁₂₃₄₅₆₇₈₉][₀₁₂₃₄₅₆₇₈₉]{{0,19}} )
    | (?P<super> [{"".join(SUPERSCRIPTS)}]+ | ᵀ )
    | (?P<word> '[^'\n]{{0,64}}' | "[^"\n]{{0,64}}" )
    | (?P<delimiter> \\(?:left|right|[bB]igg?[lrm]?)(?![A-Za-z])\s* (?: \\(?:[{{}}|]|[lr](?:[vV]ert|floor|ceil|brace|brack)|[vV]ert) | [()\[\]|.⌊⌋⌈⌉] ) )
    | (?P<begin> \\begin\s*\{{([pbBvV]?matrix|smallmatrix|array)\}} (?: (?<=y\}})\{{[clr|\s]{{0,64}}\}} )? )
    | (?P<end> \\end\s*\{{([pbBvV]?matrix|smallmatrix|array)\}} )
    | (?P<row> \\\\ (?: \[\s*-?[0-9.]+\s*(?:pt|ex|em|mm|cm)\s*\] )? | \\cr(?![A-Za-z]) )
    | (?P<command> \\(?: [A-Za-z]+ | [{{}}|%] ) )
    | (?P<wrong> . )
    """,
    re.VERBOSE | re.DOTALL,
)

_KINDS = {
    "**": "^", "&&": "and", "=": "==", "<>": "!=", "≤": "<=", "≥": ">=", "≠": "!=", "∈": "in", "∉": "not in", "∧": "and",
    "∨": "or", "¬": "not", "√": "sqrt", "∛": "sqrt", "∜": "sqrt", "∑": "series", "∏": "series", "∞": "infinity", "⊗": "outer", ";": ",", "×": "*",
}  # fmt: skip
_WORDS = {"and": "and", "or": "or", "not": "not", "in": "in", "mod": "mod"}
_COMMANDS = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "odot": "⊙", "circ": "⊙", "bmod": "mod", "mod": "mod",
    "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "ne": "!=", "neq": "!=",
    "lt": "<", "gt": ">", "land": "and", "wedge": "and", "lor": "or", "vee": "or", "neg": "not", "lnot": "not",
    "in": "in", "notin": "not in", "frac": "frac", "tfrac": "frac", "dfrac": "frac", "cfrac": "frac", "sqrt": "sqrt",
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "lbrace": "{", "rbrace": "}", "{": "{", "}": "}",
    "lbrack": "[", "rbrack": "]", "lvert": "|(", "rvert": ")|", "vert": "|", "|": "‖", "lVert": "‖(", "rVert": ")‖",
    "Vert": "‖", "top": "top", "intercal": "top", "infty": "infinity", "ldots": "dots", "cdots": "dots", "dots": "dots",
    "vdots": "dots", "ddots": "dots", "%": "percent", "binom": "binom", "dbinom": "binom", "tbinom": "binom", "choose": "choose",
    "sum": "series", "prod": "series", "degree": "°",
}  # fmt: skip
_SKIPPED = frozenset(
    (
        "quad",
        "qquad",
        "displaystyle",
        "space",
        "textstyle",
        "limits",
        "nolimits",
        "left",
        "right",
        "thinspace",
        "enspace",
        "hfill",
    )
)
_LONGEST_COMMAND = 40
_RUN_INTO = frozenset((*GREEK.values(), *_FUNCTIONS.split("|"), "cdot", "times", "ast", "div"))
_APART = re.compile(r"(\\?log)(\s+)(?=_)")
_BARS = {"|": ("|(", ")|"), "‖": ("‖(", ")‖")}


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, with an `end of text` token after the last.

    Raises UnexpectedCharacter for anything no expression holds.
    """
    if text.isascii() and (easy := _easy(text)) is not None:
        return easy
    tokens: list[Token] = []
    add, new = tokens.append, tuple.__new__  # Token(…) itself takes three times as long
    for match in _SCAN.finditer(_together(tidy(text))):
        kind = match.lastgroup or ""
        if kind == "space":
            continue
        found, (start, end) = match.group(), match.span()
        if kind == "name":
            found = canonical(found)
            kind = _WORDS.get(found, "name")
        elif kind == "operator":
            kind = _KINDS.get(found, found)
        elif kind == "command":
            tokens.extend(_command(text[start:end], start))
            continue
        elif kind == "delimiter":
            kind = _delimiter(found)
            if not kind:
                continue
        elif kind == "wrong":
            raise UnexpectedCharacter(start, text[start:end])
        add(new(Token, (kind, found, start, end)))
    add(Token("end of text", "", len(text.rstrip()), len(text.rstrip())))
    return tokens


def _together(text: str) -> str:
    r"""The text with the base of a logarithm right after its name: `\log _2`."""
    return _APART.sub(r"\2\1", text) if " _" in text else text


def _command(command: str, start: int) -> Iterator[Token]:
    r"""The token of a LaTeX command; none for one that changes nothing, two for one with a letter run into it, `\sinx`.

    Raises UnknownCommand.
    """
    word, end = command[1:], start + len(command)
    if word in _SKIPPED:
        return
    if word in _COMMANDS:
        yield Token(_COMMANDS[word], command, start, end)
    elif word[:-1] in _RUN_INTO:
        yield Token(_COMMANDS.get(word[:-1], "name"), canonical(command[:-1]), start, end - 1)
        yield Token("name", word[-1], end - 1, end)
    else:
        raise UnknownCommand(start, command, _nearest_command(command))


# What most people type needs no more than this: figures, words, signs, and commands without arguments of their own.
_EASY = re.compile(
    r"""(\s*)( [A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*'* | [0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)? | \*\*|//|<=|>=|==|!=|<>|&&|\|\| | \\[A-Za-z]+ | (?<![A-Za-z0-9)\]}.])%(?:pi|e|i)(?![A-Za-z0-9_]) | \\?. )""",
    re.VERBOSE | re.DOTALL,
)
_EASY_KINDS = {
    **{
        sign: _KINDS.get(sign, sign)
        for sign in ("**", "//", "<=", ">=", "==", "!=", "<>", "&&", "||", *"+-/*^%@=<>()[]{}|,;&!")
    },
    **_WORDS,
    **{"\\" + name: kind for name, kind in _COMMANDS.items()},
    **{"\\" + name: "name" for name in (*GREEK.values(), *_FUNCTIONS.split("|"))},
    **{"%" + name: "name" for name in ("pi", "e", "i")},
    **{"\\" + name: "" for name in (*_SKIPPED - {"left", "right"}, *",;:! ()[]")},
}
_EASY_FIRSTS = {
    **dict.fromkeys("0123456789", "number"),
    **dict.fromkeys(map(chr, (*range(65, 91), *range(97, 123))), "name"),
}


def _easy(text: str) -> list[Token] | None:
    """The tokens of a text in plain characters; None if it has anything in it that takes a closer look."""
    tokens: list[Token] = []
    add, new = tokens.append, tuple.__new__
    kinds, firsts, end = _EASY_KINDS.get, _EASY_FIRSTS.get, 0
    for space, found in _EASY.findall(text):
        start = end + len(space)
        end = start + len(found)
        kind = kinds(found) or firsts(found[0])
        if kind:
            add(new(Token, (kind, found if kind != "name" else found.lstrip("\\%"), start, end)))
        elif found not in _EASY_KINDS:
            return None
    add(new(Token, ("end of text", "", len(text.rstrip()), len(text.rstrip()))))
    return tokens


def _delimiter(found: str) -> str:
    r"""The kind of a bracket after `\left`, `\right` or `\big`; empty for the invisible one, `\left.`."""
    sized, bracket = re.split(r"\s*(?=\\?[^A-Za-z\\\s]+$|\\[A-Za-z]+$)", found, maxsplit=1)
    kind = _COMMANDS.get(bracket.lstrip("\\"), bracket) if bracket.startswith("\\") else bracket
    if kind == ".":
        return ""
    if kind in _BARS:
        if sized.startswith("\\left") or sized.endswith("l"):
            return _BARS[kind][0]
        if sized.startswith("\\right") or sized.endswith("r"):
            return _BARS[kind][1]
    return kind


def _nearest_command(command: str) -> str | None:
    """The known command that a mistyped one resembles, if any does."""
    known = ("\\" + word for word in (*GREEK.values(), *_COMMANDS, *_FUNCTIONS.split("|")) if word.isalpha())
    found = difflib.get_close_matches(command[:_LONGEST_COMMAND], list(known), n=1, cutoff=0.7)
    return found[0] if found else None


_FONT = re.compile(rf"\\(?:{_FONTS})\s*\{{((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}")
_HAT = re.compile(rf"\\({_HATS})\s*\{{((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}")
_BRACES = re.compile(r"_\{([^{}]*)\}|_\(([^()]*)\)")
_LOW = re.compile(f"_?[{_SUBSCRIPT_LETTERS}]+")
_PLAIN = re.compile(r"[A-Za-z0-9_']+")


@lru_cache(maxsize=4096)
def canonical(name: str) -> str:
    r"""One plain spelling for a name: `\alpha` and `α` are `alpha`, `d_{\text{model}}` is `d_model`, `ŷ` as `\hat{y}` is `y_hat`.

    A subscript that is more than a word keeps its braces: `h_{t-1}`.
    """
    if _PLAIN.fullmatch(name):
        return name
    name = tidy(name).lstrip("%")
    name = _HAT.sub(lambda match: f"{match[2]}_{match[1].removeprefix('wide').replace('overline', 'bar')}", name)
    name = _FONT.sub(r"\1", _FONT.sub(r"\1", name))
    name = re.sub(r"\^\{?\\prime\}?", "'", name)
    name = _LOW.sub(lambda match: "_{" + "".join(SUBSCRIPTS[c] for c in match[0].lstrip("_")) + "}", name)
    name = "".join(map(_letter, name))
    name = re.sub(r"\\(?:var(?=[a-z]))?|\s+", "", name)
    return _BRACES.sub(_subscript, name)


def _letter(character: str) -> str:
    """A letter in plain spelling: `ŷ` is `y_hat`, `σ` is `sigma`."""
    if character.isascii():
        return character
    parts = unicodedata.normalize("NFD", character)
    if len(parts) > 1 and all(mark in _MARKS for mark in parts[1:]):
        return GREEK.get(parts[0], parts[0]) + _MARK_NAMES[parts[1]]
    return GREEK.get(character, _MARK_NAMES.get(character, character))


def _subscript(match: re.Match[str]) -> str:
    inner = match[1] if match[1] is not None else match[2]
    return f"_{inner}" if inner.isalnum() else f"_{{{inner}}}"
