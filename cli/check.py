"""`gradmark check`: one response against a key, or a file of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import cast

import click

from cli.options import bilingual_command, bilingual_option, json_option, language_option
from cli.progress import progress
from solvers.text import Language, Text, UsageError

_CHECKING = Text("Checking (64 kB)", "批改（64 kB）")


@bilingual_command(
    """Mark one response, or a file of them.

    With --batch, every line of FILE is a JSON object with type, key and answer (- is standard input); every line out has verdict, credit,
    reading, feedback and error. docs/formats.md has every field.

    \b
    Examples:
      gradmark check --type real --key "e^2/(1+e^2)" --answer 0.88 --digits 2
      gradmark check --type real --key 45.8 --answer 46.0 --abs 0.2
      gradmark check --type expression --key "4*h*(d+h+1)" --answer "4h(h+d) + 4h" --variables "h: integer, d: integer"
      gradmark check --batch requests.jsonl --out replies.jsonl
    """,
    """批改一个作答，或批改文件中的一批作答。

    使用 --batch 时，FILE 每行是一个含 type、key、answer 的 JSON 对象（- 为标准输入）；每行输出含 verdict、credit、reading、feedback、error。
    各字段见 docs/formats.md。

    \b
    示例：
      gradmark check --type real --key "e^2/(1+e^2)" --answer 0.88 --digits 2
      gradmark check --type real --key 45.8 --answer 46.0 --abs 0.2
      gradmark check --type expression --key "4*h*(d+h+1)" --answer "4h(h+d) + 4h" --variables "h: integer, d: integer"
      gradmark check --batch requests.jsonl --out replies.jsonl
    """,
)
@bilingual_option(
    "--type", "kind", en="What kind of response: integer, real, matrix, …", zh="作答类型：integer、real、matrix 等。"
)
@bilingual_option("--key", en="The right answer.", zh="正确答案。")
@bilingual_option("--answer", en="What the student wrote.", zh="学生所写。")
@bilingual_option(
    "--digits", "--decimals", "decimals", type=click.IntRange(0, 30), en="Decimals asked for.", zh="要求的小数位数。"
)
@bilingual_option(
    "--sigfigs",
    "significant",
    type=click.IntRange(1, 30),
    en="Significant figures asked for.",
    zh="要求的有效数字位数。",
)
@bilingual_option("--abs", "absolute", en="How far off a number may be, such as 0.2.", zh="允许的绝对误差，例如 0.2。")
@bilingual_option(
    "--rel", "relative", en="The same relative to the key, such as 1% or 0.01.", zh="允许的相对误差，例如 1% 或 0.01。"
)
@bilingual_option(
    "--variables",
    en='Variables of a formula, with domains where they are not real: "x, n: integer, s: positive".',
    zh='公式中的变量，非实数的注明取值范围："x, n: integer, s: positive"。',
)
@bilingual_option(
    "--batch",
    type=click.Path(allow_dash=True, dir_okay=False, path_type=Path),
    en="A file of requests, one a line.",
    zh="批量请求文件，每行一个请求。",
)
@bilingual_option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    en="Where the replies to --batch go: the whole file, or nothing.",
    zh="--batch 的结果写入此文件：要么完整写出，要么不写。",
)
@json_option
@language_option
def command(
    kind: str | None,
    key: str | None,
    answer: str | None,
    decimals: int | None,
    significant: int | None,
    absolute: str | None,
    relative: str | None,
    variables: str | None,
    batch: Path | None,
    out: Path | None,
    as_json: bool,
    lang: Language,
) -> None:
    """See the help above."""
    asked = {"decimals": decimals, "significant": significant, "abs": absolute, "rel": relative}
    stated: dict[str, object] = {name: value for name, value in asked.items() if value is not None}
    if variables is not None:
        stated["variables"] = _domains(variables)
    if batch is not None:
        if kind or key or answer or stated:
            raise UsageError(
                "--batch takes everything that a request says from the file.",
                "使用 --batch 时，请求的各项内容都取自文件。",
            )
        _batch(batch, out, lang)
        return
    if out is not None:
        raise UsageError("--out belongs to --batch.", "--out 须与 --batch 一起使用。")
    if kind is None or key is None or answer is None:
        raise UsageError(
            "Give --type, --key and --answer, or --batch.", "请给出 --type、--key 和 --answer，或 --batch。"
        )
    _one({"type": kind, "key": key, "answer": answer, "lang": lang, **stated}, as_json, lang)


def _domains(text: str) -> dict[str, str]:
    """`x, n: integer` as the domain of each name."""
    pairs = (word.partition(":") for word in text.replace("，", ",").replace("：", ":").split(",") if word.strip())
    return {name.strip(): domain.strip() or "real" for name, _, domain in pairs}


def _batch(path: Path, out: Path | None, lang: Language) -> None:
    """The replies on standard output as soon as there are any, or into a file."""
    from grader.checking import CHUNK, check_bytes
    from solvers.files import write_pieces

    with click.open_file(str(path), "rb") as file:
        buffer = cast(BufferedReader, file)  # `read1` waits for no more than there is
        replies = check_bytes(iter(lambda: buffer.read1(CHUNK), b""), lang)
        if out is None:
            for reply in replies:
                click.echo(reply, nl=False)
            return
        size = path.stat().st_size if path.is_file() else None
        with progress(_CHECKING, size and 1 + size // CHUNK) as step:
            write_pieces(out, _stepping(replies, step))


def _stepping(replies: Iterator[str], step: Callable[[], None]) -> Iterator[str]:
    for reply in replies:
        yield reply
        step()


def _one(request: dict[str, object], as_json: bool, lang: Language) -> None:
    from grader.checking import check
    from templates.words import VERDICTS

    reply = check(request)
    if as_json:
        click.echo(json.dumps(reply, ensure_ascii=False))
        return
    verdict = reply["verdict"]
    if reply["error"] and reply["error"]["code"] == "blank":
        verdict = "blank"
    elif reply["error"]:
        _tell_unreadable(request, lang)
        return
    read_as = Text(f" (read as {reply['reading']})", f"（识别为 {reply['reading']}）")
    echo = read_as[lang] if reply["reading"] else ""
    click.echo(f"{VERDICTS[verdict][lang]}{echo}")
    if reply["feedback"] and verdict != "blank":
        click.echo(reply["feedback"])


def _tell_unreadable(request: dict[str, object], lang: Language) -> None:
    """The answer with a caret, the mistake and the form expected, each on its line."""
    from grader.marking import read_for
    from grader.reading import Unreadable
    from grader.request import setting_of, text_in
    from grader.request_key import target_in
    from templates.unreadable import unreadable_lines

    found = read_for(text_in(request, "answer"), target_in(setting_of(request, lang), text_in(request, "key")))
    assert isinstance(found, Unreadable)  # as the reply says
    click.echo("\n".join(unreadable_lines(found, lang)))
