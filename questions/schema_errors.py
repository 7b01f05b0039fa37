"""What is wrong with a file by the schema, in both languages, each mistake at its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from solvers.nearest import nearest, suggestion
from solvers.text import GradmarkError, Text
from solvers.yaml_reader import Document

_M = TypeVar("_M", bound=BaseModel)
_OWN = "gradmark"
_TWICE = "gradmark_twice"
Place = tuple[str | int, ...]
"""Where something stands: keys, and places in lists."""


class BankError(GradmarkError):
    """A bank file or a blueprint is wrong; the message says where and what."""


def wrong(en: str, zh: str) -> PydanticCustomError:
    """What a validator of a schema raises: the mistake in both languages, without a full stop."""
    return PydanticCustomError(_OWN, "{en}", {"en": en, "zh": zh})


def repeated(named: Iterable[tuple[str, Place]]) -> tuple[str, Place, Place] | None:
    """The first name that stands twice among those named, with both of its places."""
    places: dict[str, Place] = {}
    for name, place in named:
        if name in places:
            return name, places[name], place
        places[name] = place
    return None


def check_once(named: Iterable[tuple[str, Place]]) -> None:
    """For a validator of a schema: raises the mistake of a name that stands twice; places are within what is validated."""
    if found := repeated(named):
        name, first, second = found
        raise PydanticCustomError(_TWICE, "{name}", {"name": name, "first": first, "second": second})


def stands_twice(document: Document, name: str, first: Place, second: Place) -> GradmarkError:
    """The error of a name that stands at two places of a document, at the second one."""
    return document.error(second, _second_time(name, str(document.position(first, key=True)[0])), key=True)


def declared_twice(document: Document, name: str, elsewhere: str) -> GradmarkError:
    """The error of a key of the document that stands elsewhere too: in another file, on a line of it."""
    return document.error((name,), _second_time(name, elsewhere), key=True)


def _second_time(name: str, first: str) -> Text:
    line = Text(f"in line {first}", f"在第 {first} 行") if first.isdecimal() else Text(f"in {first}", f"在 {first}")
    return Text(
        f"{name!r} stands here for the second time; the first is {line.en}. Keep one of them.",
        f"{name!r} 在这里第二次出现，第一次{line.zh}。请只保留一个。",
    )


def validated(model: type[_M], document: Document, data: object, path: Place = ()) -> _M:
    """What stands at `path` in the document, `data`, as a model. Raises BankError listing every mistake with its place."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        mistakes = _without_other_ways([dict(mistake) for mistake in error.errors()])
        found = [_explained(model, document, path, mistake) for mistake in mistakes]
        raise BankError("\n".join(m.en for m in found), "\n".join(m.zh for m in found)) from None


def _without_other_ways(mistakes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The mistakes less those that say what else could have stood there, where one way was plainly taken."""
    deeper = {m["loc"][:i] for m in mistakes for i in range(len(m["loc"]) - 1)}
    return [m for m in mistakes if not (_is_alternative(m["loc"]) and m["loc"][:-1] in deeper)] or mistakes


def _is_alternative(place: tuple[object, ...]) -> bool:
    return bool(place) and "[" in str(place[-1])


def _explained(model: type[BaseModel], document: Document, base: Place, mistake: Mapping[str, Any]) -> Text:
    place: Place = mistake["loc"]
    if mistake["type"] == _TWICE:
        said = mistake["ctx"]
        at = (*base, *place)
        return stands_twice(document, said["name"], (*at, *said["first"]), (*at, *said["second"])).text
    unknown = mistake["type"] == "extra_forbidden"
    return document.error((*base, *place), _reason(model, place, mistake), key=unknown).text


def _reason(model: type[BaseModel], place: Place, mistake: Mapping[str, Any]) -> Text:
    if mistake["type"] == "extra_forbidden":
        name = str(place[-1])
        near = nearest(name, _keys(model, place[:-1]))
        hint = Text(f" Did you mean {near!r}?", f"是否想写 {near!r}？") if near else Text("", "")
        return Text(f"unknown key {name!r}.{hint.en}", f"未知的键 {name!r}。{hint.zh}")
    if mistake["type"] == "missing":
        return Text(f"{str(place[-1])!r} is missing.", f"缺少 {str(place[-1])!r}。")
    shown = " → ".join(
        str(step + 1) if isinstance(step, int) else step for step in place if not _is_alternative((step,))
    )
    said = _said(mistake)
    en = said.en if said.en.endswith("?") else f"{said.en}."
    zh = said.zh if said.zh.endswith("？") else f"{said.zh}。"
    return Text(f"{shown}: {en}" if shown else en, f"{shown}：{zh}" if shown else zh)


_KINDS: dict[str, Text] = {
    "string_type": Text("this has to be text; put it in quotes", "这里应为文字；请加引号"),
    "int_type": Text("this has to be a whole number", "这里应为整数"),
    "bool_type": Text("this has to be true or false", "这里应为 true 或 false"),
    "list_type": Text("this has to be a list: [a, b]", "这里应为列表：[a, b]"),
    "tuple_type": Text("this has to be a list: [low, high]", "这里应为列表：[最小值, 最大值]"),
    "dict_type": Text("this has to have keys of its own", "这里应有自己的键"),
    "model_type": Text("this has to have keys of its own", "这里应有自己的键"),
    "is_instance_of": Text("this has to be a number", "这里应为数"),
    "value_error": Text("this is no date such as 2026-01-31", "这里应为日期，例如 2026-01-31"),
    "date_type": Text("this is no date such as 2026-01-31", "这里应为日期，例如 2026-01-31"),
}
_EXAMPLES = {
    "id": "convolution/output-size",
    "answer": "size, hidden[0]",
    "name": "first_gate",
    "exam": "midterm-2026",
}


def _said(mistake: Mapping[str, Any]) -> Text:
    """One mistake in words; what the table does not know is said as the validator says it."""
    context = mistake.get("ctx", {})
    match mistake["type"]:
        case "gradmark":
            return Text(context["en"], context["zh"])
        case "literal_error":
            return _one_of(str(mistake["input"]), context["expected"])
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal" as kind:
            limit = next(iter(context.values()))
            words = {"greater_than": ("above", "大于"), "greater_than_equal": ("at least", "不小于")}
            words |= {"less_than": ("below", "小于"), "less_than_equal": ("at most", "不大于")}
            en, zh = words[kind]
            return Text(f"this has to be {en} {limit}", f"这里应{zh} {limit}")
        case "too_short" | "string_too_short":
            count = context["min_length"]
            return Text(f"this is too short: at least {count} needed", f"内容太少：至少需要 {count} 个")
        case "too_long" | "string_too_long":
            count = context["max_length"]
            return Text(f"this is too long: at most {count} allowed", f"内容太多：至多 {count} 个")
        case "string_pattern_mismatch":
            example = _EXAMPLES.get(str(mistake["loc"][-1]), context["pattern"])
            return Text(
                f"this is not written as it has to be, for example: {example}", f"写法不合要求，正确的例子：{example}"
            )
        case kind:
            return _KINDS.get(kind) or Text(str(mistake["msg"]), str(mistake["msg"]))


def _one_of(given: str, expected: str) -> Text:
    words = [word.strip("' ") for word in expected.replace(" or ", ", ").split(",")]
    hint = suggestion(given, words)
    return Text(
        f"{given!r} is none of {', '.join(words)}.{hint.en}".removesuffix("."),
        f"{given!r} 不是以下之一：{'、'.join(words)}。{hint.zh}".removesuffix("。"),
    )


def _keys(model: type[BaseModel], path: tuple[object, ...]) -> list[str]:
    """The keys that are right at this place of the schema."""
    current: object = model
    for step in path:
        if isinstance(step, int) or not (isinstance(current, type) and issubclass(current, BaseModel)):
            continue
        if step in current.model_fields:
            current = _model_in(current.model_fields[str(step)].annotation) or current
    return list(current.model_fields) if isinstance(current, type) and issubclass(current, BaseModel) else []


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if found := _model_in(inner):
            return found
    return None
