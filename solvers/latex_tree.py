"""What a formula is once it is read: a tree of frozen nodes, and the symbols of the subset that is understood.

The subset is the one that textbooks on neural networks need. `solvers.latex` builds the tree; `solvers.latex_line` and
`templates.mathml` write it. Every node has a `kind`, its part in the row it stands in, which decides on signs,
spaces and brackets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

Kind = Literal[
    "number",
    "letter",
    "name",  # of a function: max, softmax
    "words",
    "ordinary",  # a symbol that stands for itself: ∞, …
    "operator",  # takes what follows: ∑, ∏, ∫
    "sign",  # a plus or minus in front of its term
    "sum",  # +, -, ∪: looser than a product
    "product",  # ·, ×, ⊙
    "slash",
    "relation",
    "comma",
    "open",  # a bracket without its partner
    "close",
    "bar",  # |, ‖ before it is known whether it opens or closes
    "differential",  # ∂, ∇, Δ: binds to the factor that follows
    "postfix",  # !, %
    "space",
    "group",  # anything with brackets around it
    "table",
    "fraction",
    "root",
    "row",
]
Style = Literal["italic", "upright", "bold", "bolditalic", "blackboard", "script"]


@dataclass(frozen=True, slots=True)
class Number:
    """Digits, with a point or thousands separators: `0.25`, `1,000`."""

    text: str
    kind: ClassVar[Kind] = "number"


@dataclass(frozen=True, slots=True)
class Letter:
    """A variable, or an upright word that stands for one: `x`, `σ`, `ReLU`."""

    text: str
    style: Style = "italic"
    kind: Kind = "letter"


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a function; with `limits`, what is below and above it is set under and over it."""

    text: str
    limits: bool = False
    kind: ClassVar[Kind] = "name"


@dataclass(frozen=True, slots=True)
class Words:
    """Ordinary text inside a formula, in any script."""

    text: str
    kind: ClassVar[Kind] = "words"


@dataclass(frozen=True, slots=True)
class Symbol:
    """An operator, a relation, a bracket without a partner, or a symbol that stands for itself."""

    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Space:
    """Extra room, in em."""

    em: float
    kind: ClassVar[Kind] = "space"


@dataclass(frozen=True, slots=True)
class Row:
    """Things side by side."""

    items: tuple[Node, ...]
    kind: ClassVar[Kind] = "row"


@dataclass(frozen=True, slots=True)
class Fraction:
    """`top` over `bottom`; without a bar it is a binomial coefficient."""

    top: Node
    bottom: Node
    bar: bool = True
    kind: ClassVar[Kind] = "fraction"


@dataclass(frozen=True, slots=True)
class Root:
    """The square root, or the root of degree `index`."""

    body: Node
    index: Node | None = None
    kind: ClassVar[Kind] = "root"


@dataclass(frozen=True, slots=True)
class Scripts:
    """`base` with a subscript, a superscript or both; `stacked` ones always stand under and over it."""

    base: Node
    sub: Node | None
    sup: Node | None
    stacked: bool = False

    @property
    def kind(self) -> Kind:
        """A thing with scripts plays the part that it plays without them."""
        return self.base.kind


@dataclass(frozen=True, slots=True)
class Fenced:
    """`body` between two brackets, either of which may be empty; `tall` ones grow with what they hold."""

    open: str
    body: Node
    close: str
    tall: bool
    kind: ClassVar[Kind] = "group"


@dataclass(frozen=True, slots=True)
class Accent:
    """A mark over (or, for `underbrace`, under) the body; `name` is its LaTeX command without the backslash."""

    name: str
    body: Node
    kind: ClassVar[Kind] = "letter"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; `layout` is `matrix`, `cases` or `aligned`, the brackets belong to a matrix only."""

    layout: Literal["matrix", "cases", "aligned"]
    rows: tuple[tuple[Node, ...], ...]
    open: str = ""
    close: str = ""
    kind: ClassVar[Kind] = "table"


Node: TypeAlias = (
    Number | Letter | Name | Words | Symbol | Space | Row | Fraction | Root | Scripts | Fenced | Accent | Table
)

_LOWER_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "omicron": "ο", "pi": "π", "varpi": "ϖ", "rho": "ρ", "varrho": "ϱ", "sigma": "σ", "varsigma": "ς", "tau": "τ",
    "upsilon": "υ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "ell": "ℓ",
}  # fmt: skip
_UPPER_GREEK = {
    "Gamma": "Γ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
_SYMBOLS: dict[Kind, dict[str, str]] = {
    "ordinary": {
        "infty": "∞", "dots": "…", "ldots": "…", "cdots": "⋯", "vdots": "⋮", "ddots": "⋱", "emptyset": "∅",
        "varnothing": "∅", "top": "⊤", "bot": "⊥", "star": "⋆", "bullet": "•", "forall": "∀", "exists": "∃",
        "neg": "¬", "lnot": "¬", "prime": "′", "dagger": "†", "Re": "ℜ", "Im": "ℑ", "hbar": "ℏ", "_": "_", "#": "#",
        "&": "&", "$": "$", "degree": "°", "square": "□", "checkmark": "✓",
    },
    "operator": {"sum": "∑", "prod": "∏", "int": "∫", "oint": "∮", "bigcup": "⋃", "bigcap": "⋂", "bigoplus": "⨁"},
    "sum": {
        "pm": "±", "mp": "∓", "cup": "∪", "cap": "∩", "setminus": "∖", "oplus": "⊕", "ominus": "⊖", "wedge": "∧",
        "land": "∧", "vee": "∨", "lor": "∨", "bmod": "mod",
    },
    "product": {
        "cdot": "·", "times": "×", "odot": "⊙", "otimes": "⊗", "circ": "∘", "ast": "∗", "div": "÷",
    },
    "relation": {
        "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "leqslant": "⩽", "geqslant": "⩾", "ne": "≠", "neq": "≠",
        "approx": "≈", "equiv": "≡", "sim": "∼", "simeq": "≃", "cong": "≅", "propto": "∝", "ll": "≪", "gg": "≫",
        "lt": "<", "gt": ">", "in": "∈", "notin": "∉", "ni": "∋", "subset": "⊂", "subseteq": "⊆", "supset": "⊃",
        "supseteq": "⊇", "to": "→", "rightarrow": "→", "leftarrow": "←", "gets": "←", "leftrightarrow": "↔",
        "Rightarrow": "⇒", "implies": "⇒", "Leftarrow": "⇐", "Leftrightarrow": "⇔", "iff": "⇔", "mapsto": "↦",
        "longrightarrow": "⟶", "uparrow": "↑", "downarrow": "↓", "mid": "∣", "parallel": "∥", "perp": "⟂",
        "triangleq": "≜",
    },
    "comma": {"colon": ":"},
    "bar": {"vert": "|", "Vert": "‖", "|": "‖"},
    "differential": {"partial": "∂", "nabla": "∇", "Delta": "Δ"},
    "postfix": {"%": "%"},
    "open": {
        "lfloor": "⌊", "lceil": "⌈", "langle": "⟨", "{": "{", "lbrace": "{", "lbrack": "[", "lvert": "|", "lVert": "‖",
    },
    "close": {
        "rfloor": "⌋", "rceil": "⌉", "rangle": "⟩", "}": "}", "rbrace": "}", "rbrack": "]", "rvert": "|", "rVert": "‖",
    },
}  # fmt: skip
_BARE: dict[Kind, str] = {
    "sum": "+-",
    "relation": "=<>:",
    "comma": ",;",
    "slash": "/",
    "postfix": "!",
    "ordinary": "?.",
    "open": "([",
    "close": ")]",
    "bar": "|",
}
_NAMES = (
    "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth exp ln log lg arg det dim deg gcd ker hom Pr "
    "max min sup inf lim"
).split()
_WITH_LIMITS = frozenset({"max", "min", "sup", "inf", "lim", "det", "gcd", "Pr"})
_SPACES = {
    ",": 1 / 6, "thinspace": 1 / 6, ":": 2 / 9, ">": 2 / 9, ";": 5 / 18, "!": -1 / 6, " ": 1 / 3, "quad": 1.0,
    "qquad": 2.0,
}  # fmt: skip

ACCENTS = frozenset(
    "hat widehat tilde widetilde bar overline vec dot ddot underline overbrace underbrace".split(),
)
STYLES: dict[str, Style] = {
    "mathrm": "upright",
    "mathsf": "upright",
    "mathtt": "upright",
    "mathnormal": "italic",
    "mathit": "italic",
    "mathbf": "bold",
    "boldsymbol": "bolditalic",
    "bm": "bolditalic",
    "mathbb": "blackboard",
    "mathcal": "script",
    "mathscr": "script",
}
TABLES: dict[str, tuple[Literal["matrix", "cases", "aligned"], str, str]] = {
    "matrix": ("matrix", "", ""),
    "smallmatrix": ("matrix", "", ""),
    "array": ("matrix", "", ""),
    "pmatrix": ("matrix", "(", ")"),
    "bmatrix": ("matrix", "[", "]"),
    "Bmatrix": ("matrix", "{", "}"),
    "vmatrix": ("matrix", "|", "|"),
    "Vmatrix": ("matrix", "‖", "‖"),
    "cases": ("cases", "", ""),
    "aligned": ("aligned", "", ""),
    "align": ("aligned", "", ""),
    "align*": ("aligned", "", ""),
    "split": ("aligned", "", ""),
    "gathered": ("aligned", "", ""),
}
SIGNS: dict[str, Symbol] = {text: Symbol(text, "sign") for text in "+-±∓"}
PRODUCT_DOT = Symbol("·", "product")
CONDITION_BAR = Symbol("∣", "relation")


def _leaves() -> dict[str, Node]:
    """Every token that is a whole node by itself, as LaTeX writes it and as the character it stands for."""
    leaves: dict[str, Node] = {}
    for kind, commands in _SYMBOLS.items():
        for command, text in commands.items():
            leaves["\\" + command] = Symbol(text, kind)
            if len(text) == 1 and not text.isascii():
                leaves[text] = leaves["\\" + command]
    for command, text in _LOWER_GREEK.items():
        leaves["\\" + command] = leaves[text] = Letter(text)
    for command, text in _UPPER_GREEK.items():
        leaves["\\" + command] = leaves[text] = Letter(text, "upright")
    for kind, characters in _BARE.items():
        leaves.update({character: Symbol(character, kind) for character in characters})
    leaves.update({letter: Letter(letter) for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"})
    leaves.update({"\\" + name: Name(name, name in _WITH_LIMITS) for name in _NAMES})
    leaves.update({"\\" + command: Space(em) for command, em in _SPACES.items()})
    leaves["~"] = leaves["\\ "]
    leaves["*"] = leaves["\\ast"]
    leaves[":="] = Symbol(":=", "relation")
    leaves["||"] = leaves["\\Vert"]
    leaves["−"] = leaves["-"]
    leaves["⋅"] = leaves["\\cdot"]
    leaves["\\arg"] = Name("arg")
    return leaves


LEAVES = _leaves()
OPENERS = frozenset(token for token, node in LEAVES.items() if node.kind == "open")
CLOSERS = frozenset(token for token, node in LEAVES.items() if node.kind == "close")
DELIMITERS: dict[str, str] = {".": "", "<": "⟨", ">": "⟩", "/": "/"} | {
    token: node.text for token, node in LEAVES.items() if isinstance(node, Symbol) and node.kind in ("open", "close", "bar")
}
