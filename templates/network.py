"""The layer table of a network for people and programs: in a terminal, in Markdown, as a page, CSV and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from grader.gradebook import cell, csv_lines
from solvers.network.kind import Sees
from solvers.network.table import Field, LayerTable, Row
from solvers.text import Language, Text
from solvers.values import Shape, plain, to_json
from templates.pages import markdown_escaped, page

WORDS = {
    "layer": Text("Layer", "层"),
    "kind": Text("Kind", "类型"),
    "output": Text("Output", "输出形状"),
    "parameters": Text("Parameters", "参数量"),
    "multiply-adds": Text("Multiply-adds", "乘加次数"),
    "memory": Text("Activations", "激活内存"),
    "field": Text("Field", "感受野"),
    "jump": Text("Jump", "间距"),
    "start": Text("Start", "起点"),
    "total": Text("Total", "合计"),
    "input": Text("Input", "输入"),
    "everything": Text("all", "全部"),
    "unknown": Text("?", "?"),
    "shared": Text("shares {name}", "共享 {name}"),
    "working": Text("Working", "计算过程"),
    "source": Text("Source", "出处"),
}
CONVENTIONS = (
    Text(
        "One example. A multiply-add is one multiplication with its addition; biases, norms, activations and pooling are not counted.",
        "以单个样本计。一次乘加为一次乘法及其加法；偏置、归一化、激活和池化不计。",
    ),
    Text(
        "Activations: every layer's output once, in float32 (4 bytes a number).",
        "激活内存：每层输出各存一份，float32（每个数 4 字节）。",
    ),
    Text(
        "Field: input samples that one unit can depend on, along one axis, borders aside; over several paths the widest, the narrowest in brackets. "
        "Jump: samples between neighbouring units' fields. Start: centre of the first unit's field, where the first sample's centre is 0.5.",
        "感受野：不计边界时，一个单元沿一个方向所能依赖的输入样本数；有多条路径时取最宽者，括号内为最窄者。"
        "间距：相邻单元感受野相隔的样本数。起点：第一个单元感受野的中心，第一个样本的中心为 0.5。",
    ),
)
_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def bytes_in_words(count: int) -> str:
    """`3.2 MB`: three digits are enough to compare layers."""
    for unit, name in _UNITS:
        if count >= unit:
            # Of a network that nobody can build the bytes may be beyond every float.
            return f"{count // unit:,} {name}" if count >= 1000 * unit else _three_digits(count / unit, name)
    return f"{count} B"


def _three_digits(value: float, unit: str) -> str:
    return f"{value:.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"


def counted(count: int | None) -> str:
    """A count with separators; nothing for none, a question mark for one that is not known."""
    return "?" if count is None else f"{count:,}" if count else "–"


def sizes(shape: Shape) -> str:
    """A shape in a cell: `64 × 112 × 112`, `84`."""
    return " × ".join(map(str, shape))


def _along_axes(fields: Sequence[Field], what: str) -> str:
    return " × ".join(plain(value) for value in (getattr(field, what) for field in fields))


def field_in_words(fields: tuple[Field, ...] | Sees, language: Language) -> tuple[str, str, str]:
    """Field, jump and start of a row."""
    if isinstance(fields, Sees):
        return WORDS["unknown" if fields is Sees.UNKNOWN else "everything"][language], "", ""
    seen, least = _along_axes(fields, "field"), _along_axes(fields, "least")
    return f"{seen} ({least})" if least != seen else seen, _along_axes(fields, "jump"), _along_axes(fields, "start")


def _sentence(kind: Text, settings: Text, shares: str | None, language: Language) -> str:
    shared = WORDS["shared"][language].format(name=shares) if shares else ""
    pieces = [kind[language], settings[language], shared]
    return (", " if language == "en" else "，").join(piece for piece in pieces if piece)


def headings(language: Language) -> list[tuple[str, bool]]:
    """The columns, and whether each holds numbers."""
    names = ("layer", "kind", "output", "parameters", "multiply-adds", "memory", "field", "jump", "start")
    return [(WORDS[name][language], name not in ("layer", "kind")) for name in names]


def cells(row: Row, language: Language) -> list[str]:
    """A row for people."""
    return [
        row.name,
        _sentence(row.kind, row.settings, row.shares, language),
        sizes(row.shape),
        counted(row.parameters),
        counted(row.multiply_adds),
        bytes_in_words(row.memory),
        *field_in_words(row.fields, language),
    ]


def totals(table: LayerTable, language: Language) -> list[str]:
    """The last row."""
    if table.unknown:
        cost = f"≥ {table.multiply_adds:,}" if table.multiply_adds else counted(None)
    else:
        cost = counted(table.multiply_adds)
    return [
        WORDS["total"][language],
        "",
        "",
        counted(table.parameters),
        cost,
        bytes_in_words(table.memory),
        "",
        "",
        "",
    ]


def remarks(table: LayerTable, language: Language) -> list[str]:
    """What has to be known to read the table: its conventions, and the network's own notes."""
    return [text[language] for text in (*CONVENTIONS, *table.network.notes)]


def markdown(table: LayerTable, rows: list[Row], language: Language) -> str:
    """The table in Markdown."""
    columns = headings(language)
    lines = [f"# {markdown_escaped(table.network.title[language])}", "", _input(table, language), ""]
    lines += ["| " + " | ".join(name for name, _ in columns) + " |"]
    lines += ["|" + "|".join("---:" if number else "---" for _, number in columns) + "|"]
    for row in rows:
        lines.append("| " + " | ".join(markdown_escaped(text) for text in cells(row, language)) + " |")
    lines.append("| " + " | ".join(f"**{text}**" if text else "" for text in totals(table, language)) + " |")
    lines += ["", *(f"- {markdown_escaped(remark)}" for remark in remarks(table, language)), ""]
    return "\n".join(lines)


def _input(table: LayerTable, language: Language) -> str:
    shapes = {**table.network.inputs, next(iter(table.network.inputs)): table.x}
    shown = ", ".join(sizes(shape) if len(shapes) == 1 else f"{name} {sizes(shape)}" for name, shape in shapes.items())
    return f"{WORDS['input'][language]}: {shown}" if language == "en" else f"{WORDS['input'][language]}：{shown}"


def html(table: LayerTable, rows: list[Row], language: Language) -> str:
    """The table as a page on which every layer of the network opens its working."""
    workings = {
        row.name: table.working(row.name) if row.layers == 1 and row.name in table.network.by_name else []
        for row in rows
    }
    return page(
        "network.html.j2",
        language,
        table=table,
        words=WORDS,
        input=_input(table, language),
        columns=headings(language),
        rows=[(row, cells(row, language), workings[row.name]) for row in rows],
        totals=totals(table, language),
        remarks=remarks(table, language),
    )


def csv(table: LayerTable, rows: list[Row], language: Language) -> str:
    """The table for a spreadsheet: plain numbers, a column for each quantity, and the totals in the last row."""
    names = (
        "layer",
        "kind",
        "settings",
        "output",
        "parameters",
        "multiply_adds",
        "bytes",
        "field",
        "least_field",
        "jump",
        "start",
    )
    lines = [list(names)]
    for row in rows:
        seen = (
            ["", "", "", ""]
            if isinstance(row.fields, Sees)
            else [_along_axes(row.fields, what) for what in ("field", "least", "jump", "start")]
        )
        cost = "" if row.multiply_adds is None else str(row.multiply_adds)
        lines.append(
            [
                cell(row.name),
                row.kind[language],
                cell(row.settings[language]),
                sizes(row.shape),
                str(row.parameters),
                cost,
                str(row.memory),
                *seen,
            ]
        )
    lines.append(
        ["total", "", "", "", str(table.parameters), str(table.multiply_adds), str(table.memory), "", "", "", ""]
    )
    return "".join(csv_lines(lines))


def as_json(table: LayerTable, rows: list[Row]) -> dict[str, Any]:
    """The table for programs; counts in full, `null` for what is not known, fields as `"all"` where a unit sees everything."""
    return {
        "network": table.network.name,
        "title": {"en": table.network.title.en, "zh": table.network.title.zh},
        "source": table.network.source,
        "inputs": {name: list(shape) for name, shape in table.network.inputs.items()}
        | {next(iter(table.network.inputs)): list(table.x)},
        "layers": [_row_json(row) for row in rows],
        "totals": {"parameters": table.parameters, "multiply_adds": table.multiply_adds, "bytes": table.memory},
        "unknown": table.unknown,
        "notes": [{"en": note.en, "zh": note.zh} for note in (*CONVENTIONS, *table.network.notes)],
    }


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": {"en": row.kind.en, "zh": row.kind.zh},
        "settings": {"en": row.settings.en, "zh": row.settings.zh},
        "inputs": list(row.inputs),
        "shape": list(row.shape),
        "parameters": row.parameters,
        "multiply_adds": row.multiply_adds,
        "bytes": row.memory,
        "shares": row.shares,
        **{
            name: _seen_json(row, what)
            for name, what in (("field", "field"), ("least_field", "least"), ("jump", "jump"), ("start", "start"))
        },
    }


def _seen_json(row: Row, what: str) -> Any:
    if isinstance(row.fields, Sees):
        return None if row.fields is Sees.UNKNOWN else "all"
    values = [_number(getattr(field, what)) for field in row.fields]
    return values[0] if len(values) == 1 else values


def _number(value: int | Fraction) -> Any:
    return value if isinstance(value, int) else to_json(value)
