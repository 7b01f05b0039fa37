"""`gradmark network`: a network layer by layer, with the working of every number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.networks import code_trust_option, input_option, network_named
from cli.options import bilingual_command, bilingual_option, json_option, language_option
from solvers.text import Language, Text, UsageError

if TYPE_CHECKING:
    from solvers.network.table import LayerTable, Row

_FORMATS = ("table", "markdown", "html", "csv", "json")


@bilingual_command(
    """Show a network layer by layer: shapes, parameters, multiply-adds, memory and receptive fields.

    NETWORK is the name of a shipped network, a YAML file, or a PyTorch module: package.module:Name, file.py:Name, file.py:Name(10). A module's code is
    run, so it needs --trust, and --input says the shape of one example.

    \b
    Examples:
      gradmark network lenet-5
      gradmark network resnet-50 --input 3,256,256 --blocks 1
      gradmark network vgg-16 --working fc6:params
      gradmark network inception-block --format html --out block.html
      gradmark network model.py:Net --input 3,32,32 --trust
      gradmark network --list
    """,
    """逐层分析一个网络：形状、参数量、乘加次数、激活内存和感受野。

    NETWORK 可以是自带网络的名称、YAML 文件，或 PyTorch 模块：package.module:Name、file.py:Name、file.py:Name(10)。
    读取模块会运行其中的代码，因此需要 --trust；并用 --input 给出单个样本的形状。

    \b
    示例：
      gradmark network lenet-5
      gradmark network resnet-50 --input 3,256,256 --blocks 1
      gradmark network vgg-16 --working fc6:params
      gradmark network inception-block --format html --out block.html
      gradmark network model.py:Net --input 3,32,32 --trust
      gradmark network --list
    """,
)
@click.argument("network", required=False)
@input_option
@bilingual_option(
    "--blocks",
    type=click.IntRange(1, 9),
    metavar="DEPTH",
    en="Sum up blocks, down to this depth.",
    zh="按模块汇总，到这一层深度为止。",
)
@bilingual_option(
    "--working",
    metavar="LAYER[:COLUMN]",
    en="Show how a row, or one number of it, comes about: conv1, conv1:params.",
    zh="写出某一行或其中一个数的计算过程：conv1、conv1:params。",
)
@bilingual_option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="table",
    show_default=True,
    en="How to write the table.",
    zh="表格的格式。",
)
@bilingual_option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), en="The file to write.", zh="要写入的文件。"
)
@bilingual_option("--list", "listing", is_flag=True, en="List the shipped networks.", zh="列出自带的网络。")
@code_trust_option
@json_option
@language_option
def command(
    network: str | None,
    shapes: tuple[str, ...],
    blocks: int | None,
    working: str | None,
    form: str,
    out: Path | None,
    listing: bool,
    trust: bool,
    as_json: bool,
    lang: Language,
) -> None:
    """See the help above."""
    from solvers.network.table import LayerTable

    if listing:
        _list(as_json or form == "json", lang)
        return
    if network is None:
        raise UsageError(
            "Name a network; --list shows those that are shipped.", "请给出网络；用 --list 查看自带的网络。"
        )
    found = network_named(network, shapes, trust=trust)
    table = LayerTable(found)
    if working is not None:
        layer, _, column = working.partition(":")
        lines = table.working(layer, column or None)
        for line in lines:
            click.echo(f"{click.style(line.label[lang], dim=True)}\n  {line.text}")
        if not lines:
            click.echo(_nothing_to_work_out(table, layer, column)[lang])
        return
    rows = table.rows if blocks is None else table.in_blocks(blocks)
    _write(table, rows, "json" if as_json else form, out, lang)


def _nothing_to_work_out(table: LayerTable, layer: str, column: str) -> Text:
    """Why a cell has no working."""
    from solvers.network.kind import Sees

    (row,) = (row for row in table.rows if row.name == layer)
    if column == "params" and row.shares:
        return Text(f"{layer} shares the weights of {row.shares}.", f"{layer} 与 {row.shares} 共享权重。")
    if column == "params":
        return Text(f"{layer} learns nothing.", f"{layer} 没有可训练的参数。")
    if column == "macs" and row.multiply_adds is None:
        return Text(f"What {layer} multiplies is not known.", f"{layer} 的乘加次数未知。")
    if column == "macs":
        return Text(f"No multiply-adds are counted for {layer}.", f"{layer} 不计乘加。")
    if row.fields is Sees.UNKNOWN:
        return Text(
            f"Which places of the input {layer} depends on is not known.", f"{layer} 依赖输入的哪些位置，无法得知。"
        )
    if row.fields is Sees.NOTHING:
        return Text(f"{layer} does not depend on the input.", f"{layer} 不依赖输入。")
    return Text(
        f"{layer} sees the whole input, so it has no receptive field of its own size.",
        f"{layer} 能看到整个输入，没有固定大小的感受野。",
    )


def _write(table: LayerTable, rows: list[Row], form: str, out: Path | None, lang: Language) -> None:
    from templates import network as pages

    if form == "table" and out is None:
        _print(table, rows, lang)
        return
    if form == "json":
        text = json.dumps(pages.as_json(table, rows), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    else:
        text = {"table": pages.markdown, "markdown": pages.markdown, "html": pages.html, "csv": pages.csv}[form](
            table, rows, lang
        )
    if out is None:
        click.echo(text.removeprefix("\ufeff"), nl=False)  # the mark is for spreadsheets that open files
        return
    from solvers.files import write_text

    write_text(out, text)
    click.echo(Text(f"Written: {out}", f"已写入：{out}")[lang])


def _print(table: LayerTable, rows: list[Row], lang: Language) -> None:
    from cli.tables import print_table
    from templates import network as pages

    click.echo(click.style(table.network.title[lang], bold=True))
    print_table(pages.headings(lang), [*(pages.cells(row, lang) for row in rows), pages.totals(table, lang)])
    for remark in pages.remarks(table, lang):
        click.echo(click.style(remark, dim=True))


def _list(as_json: bool, lang: Language) -> None:
    from solvers.network.library import find, shipped

    networks = [find(name) for name in shipped()]
    if as_json:
        click.echo(
            json.dumps(
                [
                    {"network": n.name, "title": {"en": n.title.en, "zh": n.title.zh}, "source": n.source}
                    for n in networks
                ],
                ensure_ascii=False,
                indent=1,
            )
        )
        return
    for network in networks:
        click.echo(f"{click.style(network.name, bold=True)}  {network.title[lang]}")
