"""Hostile responses, drawn from bytes, and what every reply to one has to be. `fuzz_responses.py` throws them by the thousand."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any, Final

from grader.checking import check_line, written
from grader.complexity import _key
from grader.reading.read import _kept as kept_readings
from grader.request_key import _kept_target as kept_targets
from tests.hostile import HOSTILE

SLOWEST: Final = 0.05
"""Seconds of processor time that a response may take where it is timed."""
VERDICTS: Final = frozenset(("correct", "partial", "incorrect", "coarse", "form", "unreadable"))

KEYS: Final[dict[str, tuple[str, ...]]] = {
    "integer": ("55", "0", "-3", "10^30"),
    "real": ("0.8808", "e^2/(1+e^2)", "0", "1e-9", "12345.678"),
    "fraction": ("5/8", "-7/3", "0"),
    "vector": ("[1, 2, 3]", "[0.1, -0.2]", "[x, 2x]"),
    "matrix": ("[[1, 2], [3, 4]]", "[[0.5, 0], [0, 1]]"),
    "tensor": ("[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]",),
    "shape": ("(64, 112, 112)", "(1, 2)"),
    "expression": (
        "floor((n + 2*p - k)/s) + 1", "1/(1 + e^(-x))", "4h(d + h + 1)", "sqrt(x)", "max(x, 0)", "{1, 2}", "x = 1", "x > 2", "(x, 1)",
        "f(x)", "z + i", "ln(x)", "x^n", "1[x > 0]",
    ),
    "complexity": ("O(n^2 d)", "O(2^n)", "Θ(n log n)", "O(1)", "O(log_k L)"),
    "choice": ("B",),
    "choices": ("A, C",),
    "truth": ("true",),
    "order": ("B, A, C",),
    "matching": ("1-A, 2-B, 3-C",),
    "text": ("forget gate|遗忘门",),
    "set": ("{1, 2}",),
}  # fmt: skip
_OPTIONS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"decimals": 3},
    {"sigfigs": 2, "exactly": True},
    {"rel": "1%", "lang": "zh"},
    {"abs": 0.2, "partial": False},
    {"variables": {"n": "integer", "k": "integer", "p": "nonnegative", "s": "positive", "x": "real", "h": "integer", "d": "integer"}},
    {"variables": {"z": "complex", "x": "complex"}},
    {"simplest": True, "order": False},
)  # fmt: skip
_PLAIN: Final = (
    "0", "1", "2", "0.5", "9" * 40, "1e300", "1e-300", "n", "d", "x", "x_1", "h_{t-1}", "k'", "x[0]", "f(x)", "+", "-", "*", "/", "//", "%", "^",
    "**", "!", "!!", "(", ")", "[", "]", "{", "}", "|", "||", ",", ";", ":", "=", "==", "≈", "<", ">=", "≠", " and ", " or ", "not ", " in ",
    "mod ", "sqrt(", "log(", "log_", "log_{", "ln ", "e^", "exp(", "sin ", "sin^-1 ", "max(", "min(", "sum(", "softmax(", "floor(", "factorial(",
    "binomial(", "gcd(", "1[x > 0]", "O(", "Θ(", "quadratic in n", "平方级", "linear", "O(n^2)", "1 1/2", "½", "²", "⁵", "√", "∛", "∑", "⌊", "⌉", "‖", "±", "∪",
    "∞", "π", "σ(", "（", "）", "，", "；", "＝", "１２", "万", "亿", "2.5M", "1,234", "1.234,5", "0x1F", "101_2", "3:4", "50%", "$5", "5 px", "A", "B",
    "1-A", "A > B", "true", "对", "forget gate", "遗忘门", "[1, 2; 3, 4]", "tensor([[1., 2.]])", "array([1, 2])", "torch.Size([1, 2])", "...", "\n",
    "\t", " ", "'", '"', "`", "$", "#", "_", "\\", "\x00", "\u202e", "\u0302", "nan", "inf", "i", "x = 5 = y", "1/3 ≈ 0.33", "answer: ", "so ",
)  # fmt: skip
_LATEX: Final = (
    "\\frac{", "\\frac12", "\\dfrac{1}{", "\\sqrt{", "\\sqrt[3]{", "\\left(", "\\right)", "\\left[", "\\right.", "\\lfloor ", "\\rfloor", "\\lceil ",
    "\\begin{pmatrix}", "\\end{pmatrix}", "\\begin{array}{cc}", "\\end{array}", "\\begin{cases}", "\\begin{align*}", "&", "\\\\", "\\cdot ", "\\times ",
    "\\div ", "\\pm ", "\\infty", "\\pi", "\\theta_{t}", "\\log_{2}", "\\log_k", "\\sum_{k=1}^{", "\\prod_{k=1}^{9}", "\\binom{", "\\mathbf{1}[", "\\mathrm{", "\\text{",
    "\\operatorname{", "\\hat{y}", "\\boxed{", "\\mathcal{O}(", "^{", "_{", "}", "{", "x", "n", "2", "10^{-2}", "\\%", "^\\circ", "^\\top", "{,}", "\\!", "\\,", "\\quad",
    "$", "$$", "\\(", "\\[", "\\le ", "\\in ", "\\cup ", "\\{", "\\}", "\\mathbb{R}", "\\approx ", "\\ln ", "\\sin", "\\sigma(", "\\max(", "\\int", "\\input{", "\\def",
)  # fmt: skip
FRAGMENTS: Final = {"plain": _PLAIN, "latex": _LATEX, "both": (*_PLAIN, *_LATEX)}
"""What responses are pieced together from, by reader."""


def request_of(data: bytes, reader: str = "both") -> dict[str, Any]:
    """A request that bytes stand for: type, key, what is stated, and an answer of fragments, of one repeated or nested, or of the bytes."""
    head, rest = data[:4].ljust(4, b"\0"), data[4:]
    kind = sorted(KEYS)[head[0] % len(KEYS)]
    request = {"type": kind, "key": KEYS[kind][head[1] % len(KEYS[kind])], **_OPTIONS[head[2] % len(_OPTIONS)]}
    fragments = FRAGMENTS[reader]
    pieces = [fragments[byte % len(fragments)] for byte in rest]
    match head[3] % 8:
        case 0:
            answer = rest.decode("utf-8", "replace")
        case 1:
            answer = "".join(pieces[:3]) * (1 + 8 * (len(rest) % 120))
        case 2:
            depth = 1 + len(rest) % 90
            answer = "".join(pieces[:1]) * depth + "x" + "".join(pieces[1:2]) * depth
        case 3:
            answer = request["key"][: len(rest) % 9] + "".join(pieces)
        case 4:
            answer = HOSTILE[sum(rest) % len(HOSTILE)] + "".join(pieces[:2])
        case _:
            answer = "".join(pieces)
    return {**request, "answer": answer}


def timed(request: Mapping[str, Any], slowest: float = SLOWEST) -> float:
    """The seconds that a request takes. Raises AssertionError if they are more than `slowest`, and what `examined` raises."""
    taken = _seconds(request)
    for _ in range(3):
        if taken <= slowest:
            break
        forget()  # once more from the start: the first time, something may have been imported
        taken = min(_seconds(request), taken)
    assert taken <= slowest, f"{taken * 1000:.0f} ms"
    return taken


def examined(request: Mapping[str, Any]) -> None:
    """Raises AssertionError, or whatever escapes, if the reply to a request isn't what it has to be."""
    line = json.dumps(request)
    _ran.clear()
    reply = check_line(line)
    assert reply["verdict"] in VERDICTS, reply
    assert 0 <= reply["credit"] <= 1, reply
    assert reply["error"] is None or 0 <= reply["error"]["offset"] <= len(line), reply
    assert reply["error"] is None or (reply["verdict"], reply["credit"]) == ("unreadable", 0), reply
    assert json.loads(written(reply)) == reply
    assert not _ran, _ran


def _seconds(request: Mapping[str, Any]) -> float:
    began = time.process_time()
    examined(request)
    return time.process_time() - began


def forget() -> None:
    """Empties what is kept from earlier requests."""
    for kept in (kept_readings, kept_targets, _key):
        kept.cache_clear()


_RUNS = frozenset(("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "socket.connect"))
_ran: list[str] = []


def watch() -> None:
    """From now on, what runs text as code or starts a program is noted, and a fault of the request."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        dynamic = event == "exec" and getattr(arguments[0], "co_filename", "").startswith("<string")
        if event in _RUNS or (dynamic and not _is_library()):
            _ran.append(f"{event}: {arguments}"[:200])

    sys.addaudithook(hook)


def _is_library() -> bool:
    """Whether a library runs code of its own further up: modules make named tuples of text, sympy makes its products of monomials."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename.endswith(("<frozen importlib._bootstrap>", "sympy/polys/monomials.py")):
            return True
        frame = frame.f_back
    return False


def drawn(count: int, seed: int, reader: str = "both") -> Iterator[dict[str, Any]]:
    """So many requests, always the same for a seed."""
    draw = random.Random(seed)  # noqa: S311 - the same requests for the same seed
    for _ in range(count):
        yield request_of(draw.randbytes(draw.choice((6, 10, 16, 24, 40, 80))), reader)
