"""The symbols of the LaTeX subset: what each command or character is in a formula's tree."""

from __future__ import annotations

from typing import Literal

from solvers.latex.tree import Kind, Letter, Name, Node, Space, Style, Symbol

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
        "&": "&", "$": "$", "square": "□", "checkmark": "✓",
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
    "postfix": {"%": "%", "degree": "°"},
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
    "comma": ",;.",
    "slash": "/",
    "postfix": "!",
    "ordinary": "?",
    "open": "([",
    "close": ")]",
    "bar": "|",
}
_NAMES = [
    "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "coth", "exp", "ln",
    "log", "lg", "arg", "det", "dim", "deg", "gcd", "ker", "hom", "Pr", "max", "min", "sup", "inf", "lim",
]  # fmt: skip
_WITH_LIMITS = frozenset({"max", "min", "sup", "inf", "lim", "det", "gcd", "Pr"})
_SPACES = {
    ",": 1 / 6, "thinspace": 1 / 6, ":": 2 / 9, ">": 2 / 9, ";": 5 / 18, "!": -1 / 6, " ": 1 / 3, "quad": 1.0,
    "qquad": 2.0,
}  # fmt: skip

ACCENTS = frozenset({
    "hat", "widehat", "tilde", "widetilde", "bar", "overline", "vec", "dot", "ddot", "underline", "overbrace",
    "underbrace",
})  # fmt: skip
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
    return leaves


LEAVES = _leaves()
_BRACKETS = {
    lexeme: node for lexeme, node in LEAVES.items() if isinstance(node, Symbol) and node.kind in ("open", "close")
}
OPENERS = {lexeme: LEAVES.pop(lexeme) for lexeme, node in _BRACKETS.items() if node.kind == "open"}  # begin a group
CLOSERS = frozenset(lexeme for lexeme, node in _BRACKETS.items() if node.kind == "close")
DELIMITERS: dict[str, str] = {
    **{lexeme: node.text for lexeme, node in _BRACKETS.items()},
    **{lexeme: node.text for lexeme, node in LEAVES.items() if isinstance(node, Symbol) and node.kind == "bar"},
    ".": "",
    "<": "⟨",
    ">": "⟩",
    "/": "/",
}
