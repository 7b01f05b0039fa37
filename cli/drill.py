"""`gradmark drill`: practising alone, one question after the other, in a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import (
    bank_option,
    bilingual_command,
    bilingual_option,
    choices_option,
    json_option,
    language_option,
    trust_option,
)
from solvers.text import Language, Text, UsageError

if TYPE_CHECKING:
    from grader.marking import Verdict
    from grader.progress import Progress
    from questions.bank import Bank
    from questions.blueprint import Policy
    from questions.exam import Item
    from questions.topic_map import TopicRow


@bilingual_command(
    """Practise alone, weak topics first.

    Type your answer, or: ? for a hint, ! for the worked solution, :n for another question, :v for other numbers, :q to stop. What you did is
    kept, also after Ctrl-C. When a topic goes badly, you are told which topic it builds on to practise first; :p goes there.

    \b
    Examples:
      gradmark drill
      gradmark drill --topic lstm --lang zh
    """,
    """独立练习，薄弱的主题优先。

    直接输入答案，或输入：? 看提示，! 看解答，:n 换一题，:v 换一组数字，:q 结束。按 Ctrl-C 退出也不会丢失进度。
    某一主题做得不顺时，会建议先练哪个先修主题；输入 :p 即可转去练习。

    \b
    示例：
      gradmark drill
      gradmark drill --topic lstm --lang zh
    """,
)
@bilingual_option("--topic", en="Only this topic.", zh="只练这一主题。")
@bilingual_option("--count", type=click.IntRange(1), en="Stop after so many questions.", zh="练习这么多题后结束。")
@choices_option
@bilingual_option("--progress", "show", is_flag=True, en="Show how you stand, and stop.", zh="显示学习进度后结束。")
@bilingual_option(
    "--data",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="GRADMARK_PROGRESS",
    en="The file that keeps your progress.",
    zh="保存进度的文件。",
)
@json_option
@bank_option
@trust_option
@language_option
def command(
    topic: str | None,
    count: int | None,
    choices: bool,
    show: bool,
    data: Path | None,
    as_json: bool,
    banks: tuple[Path, ...],
    trust: bool,
    lang: Language,
) -> None:
    """See the help above."""
    from grader.progress import Progress
    from questions.own_bank import open_bank

    bank = open_bank(banks, trust=trust)
    with Progress(data or _default_file()) as progress:
        if show or as_json:
            _show_progress(progress, bank, as_json, lang)
            return
        questions = _questions(bank, topic, choices=choices)
        try:
            Drill(bank, progress, questions, lang, choices=choices).run(count)
        except (KeyboardInterrupt, EOFError, click.Abort):
            click.echo()
        click.echo(_goodbye(progress)[lang])


def _default_file() -> Path:
    from platformdirs import user_data_path

    return user_data_path("gradmark") / "progress.sqlite"


def _questions(bank: Bank, topic: str | None, *, choices: bool = False) -> list[str]:
    """The questions to practise, easy ones first, and of those what others build on; with `choices`, those in which nothing else is asked."""
    from questions.choices import suits_choice
    from questions.finding import find

    found = [question for question in find(bank, topic) if not choices or suits_choice(question)]
    if not found:
        raise UsageError(
            f"No question on {topic} can be asked as multiple choice.", f"主题 {topic} 中没有能改为选择题的题目。"
        )
    below = {id: len(needed) for id, needed in bank.foundations.items()}
    return [question.id for question in sorted(found, key=lambda q: (q.difficulty, below.get(q.topic, 0), q.id))]


def _goodbye(progress: Progress) -> Text:
    count = progress.attempts()
    return Text(
        f"{count} answer{'' if count == 1 else 's'} so far. `gradmark drill --progress` shows how you stand.",
        f"目前共作答 {count} 次。用 `gradmark drill --progress` 查看学习进度。",
    )


def _show_progress(progress: Progress, bank: Bank, as_json: bool, lang: Language) -> None:
    import json
    from dataclasses import asdict

    found = progress.topics()
    if as_json:
        click.echo(json.dumps([asdict(topic) for topic in found], ensure_ascii=False))
        return
    if not found:
        click.echo(
            Text("Nothing practised yet: `gradmark drill` begins.", "还没有练习记录，用 `gradmark drill` 开始练习。")[
                lang
            ]
        )
        return
    from cli.tables import print_table

    titles = {row.id: row.title[lang] for row in bank.topic_map}
    words = [
        Text("topic", "主题"),
        Text("answers", "作答"),
        Text("marks earned", "得分率"),
        Text("questions known", "已掌握题数"),
    ]
    rows = [[titles.get(t.topic, t.topic), str(t.attempts), f"{t.success:.0%}", str(t.known)] for t in found]
    print_table([(word[lang], i > 0) for i, word in enumerate(words)], rows)


class _Next(Exception):  # noqa: N818 - not an error: the student asks for something else
    """The student wants another question, or (`again`) the same one with other numbers."""

    def __init__(self, *, again: bool = False) -> None:
        self.again = again


class _Stop(Exception):  # noqa: N818 - not an error
    """The student has had enough."""


_PROMPT = "› "
_KEYS = Text(
    "? hint   ! solution   :v other numbers   :n next question   :q stop",
    "? 提示   ! 解答   :v 换数字   :n 下一题   :q 结束",
)
_SEVERAL_LINES = Text(
    "Show your steps: end a line with \\ to go on in the next, or put ; between steps.",
    "请写出过程：行末加 \\ 可接着写下一行，也可用 ; 隔开各步。",
)


class Drill:
    """One conversation."""

    def __init__(
        self, bank: Bank, progress: Progress, questions: list[str], language: Language, *, choices: bool = False
    ) -> None:
        self._bank = bank
        self._progress = progress
        self._questions = questions
        self._language = language
        self._choices = choices
        self._passed_over = 0
        self._solution_shown = False
        self._advised: set[tuple[str, str]] = set()

    def run(self, count: int | None) -> None:
        """Asks questions until the student stops or `count` are done."""
        click.echo(click.style(_KEYS[self._language], dim=True))
        done, id, passed = 0, self._progress.next(self._questions), set[str]()
        while count is None or done < count:
            try:
                item, right = self._ask(id)
                done += 1
                passed = {id}
                self._afterwards(item, None if right else self._advice(item.variant.question.topic))
            except _Next as wish:
                self._passed_over += 1
                if wish.again:
                    continue
                passed.add(id)
            except _Stop:
                return
            id = self._progress.next(self._questions, passed)

    def _ask(self, id: str) -> tuple[Item, bool]:
        """One question, part by part, and whether all of it was right; later parts are marked with the student's own earlier answers."""
        from grader.marking import mark
        from questions.sampling import draw
        from templates.terminal import alone, part_text, question_text

        seed = self._progress.seed(id) + self._passed_over
        item = alone(draw(self._bank.question(id), seed, choices=self._choices))
        click.echo("\n" + question_text(item, self._language) + "\n")
        responses: dict[str, str] = {}
        hints = iter(item.variant.hints)
        self._solution_shown = False
        right = True
        for index in range(len(item.variant.question.parts)):
            click.echo(part_text(item, index, self._language))
            if item.variant.question.parts[index].working:
                click.echo(click.style(_SEVERAL_LINES[self._language], dim=True))
            label = item.label(index)
            responses[label] = self._response(item, hints)
            verdict = mark(item, responses, self._policy())[index]
            while verdict.kind == "unreadable":
                self._tell(verdict)
                responses[label] = self._response(item, hints)
                verdict = mark(item, responses, self._policy())[index]
            self._tell(verdict)
            self._record(item, index, verdict)
            right = right and verdict.marks == verdict.worth
        # Whoever has seen the solution has yet to show that they can do it.
        self._progress.finish(id, right=right and not self._solution_shown)
        return item, right

    def _policy(self) -> Policy:
        from questions.blueprint import Policy

        return Policy()

    def _response(self, item: Item, hints: Iterator[Text]) -> str:
        """What the student types as an answer; hints and the solution are shown on the way."""
        while True:
            typed = self._typed()
            if typed == "?":
                self._hint(hints)
            elif typed == "!":
                self._solution(item)
            elif typed:
                return typed

    def _typed(self) -> str:
        """A line from the student; after one that opens a bracket, or that ends in a backslash, it goes on in the next."""
        text = click.prompt(click.style(_PROMPT, bold=True), prompt_suffix="", default="", show_default=False).strip()
        while text.count("[") > text.count("]"):
            text += "\n" + click.prompt("  ", prompt_suffix="", default="]", show_default=False)
        while text.endswith("\\"):
            following: str = click.prompt("  ", prompt_suffix="", default="", show_default=False)
            text = f"{text[:-1].rstrip()}\n{following.strip()}"
        match text.lower():
            case ":q" | ":quit" | "quit" | "exit":
                raise _Stop
            case ":n":
                raise _Next
            case ":v":
                raise _Next(again=True)
        return text

    def _hint(self, hints: Iterator[Text]) -> None:
        from templates.terminal import plain_prose

        hint = next(hints, None)
        none = Text("No more hints; ! shows the solution.", "没有更多提示了；输入 ! 查看解答。")
        click.echo(plain_prose((hint or none)[self._language]))

    def _solution(self, item: Item) -> None:
        from templates.terminal import solution_text

        click.echo(solution_text(item.variant, self._language, self._bank))
        self._solution_shown = True

    def _tell(self, verdict: Verdict) -> None:
        from templates.terminal import verdict_text

        colour = {"correct": "green", "incorrect": "red", "unreadable": "magenta"}.get(verdict.kind, "yellow")
        text = verdict_text(verdict, self._bank, self._language)
        click.echo(click.style("▌ ", fg=colour) + text.replace("\n", "\n" + click.style("▌ ", fg=colour)) + "\n")

    def _record(self, item: Item, index: int, verdict: Verdict) -> None:
        from grader.progress import Attempt

        question = item.variant.question
        self._progress.record(
            Attempt(
                question=question.id,
                seed=item.variant.seed,
                part=question.parts[index].key_name,
                response=verdict.response,
                verdict=verdict.kind,
                marks=verdict.marks,
                worth=verdict.worth,
                diagnosis=verdict.diagnosis.misconceptions if verdict.diagnosis else (),
            )
        )

    def _advice(self, topic: str) -> TopicRow | None:
        """What to practise first if the topic goes badly; the same advice is given once."""
        from grader.foundations import to_practise_first

        found = to_practise_first(self._bank, self._progress, topic)
        row = self._bank.topic_row(topic)
        if found is None or row is None or (topic, found.id) in self._advised:
            return None
        self._advised.add((topic, found.id))
        before, title = found.title, row.title
        said = Text(
            f"{title.en} has not gone well lately. It builds on {before.en}: practise that first with :p "
            f"(or `gradmark drill --topic {found.id}`).",
            f"最近“{title.zh}”做得不太顺。它以“{before.zh}”为基础，建议先练这一主题：输入 :p（或运行 `gradmark drill --topic {found.id}`）。",
        )
        click.echo(click.style(said[self._language], fg="yellow") + "\n")
        return found

    def _afterwards(self, item: Item, first: TopicRow | None) -> None:
        """Between two questions: the solution, the same question with other numbers, the next one, or one on the topic to practise `first`."""
        said = Text("Enter: next question", "回车：下一题")
        click.echo(click.style(f"{said[self._language]}   {_KEYS[self._language]}", dim=True))
        while typed := self._typed():
            if typed == "!":
                self._solution(item)
            elif typed.lower() == ":p" and first is not None:
                self._questions = _questions(self._bank, first.id, choices=self._choices)
                return
            else:
                return
