"""How well mistakes are recognised, how rarely numbers that mean nothing are, and how long it takes.

`python benchmarks/test_diagnosis.py` prints a row for each topic, on one unseen variant of every question, then the same by kind of student and the
times; `--seeds 20` takes more variants, `--topic` one topic, `--worst 30` lists what fell short.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product

import pytest

from grader.comparing import compare
from grader.diagnosing import Diagnosis, Response, diagnose
from grader.marking import mark, read_for
from grader.reading import Reading
from grader.simulation import misled, random_numbers
from questions.bank import Bank
from questions.blueprint import Policy
from questions.exam import Item
from questions.sampling import draw
from questions.stream import Stream
from questions.variant import Variant

UNSEEN = 70_001  # the first seed: far from those that the bank's own checks use
POLICY = Policy()
ONE, TWO = "one, listed", "two, listed"
TARGETS = {ONE: 0.97, TWO: 0.80}
MOST_FALSE = 0.01
RANDOM = 3  # random numbers drawn for each part, of each kind


def variants(topic: str | None, seeds: int) -> Iterator[Variant]:
    """Unseen variants of every question that is computed."""
    for question in Bank().questions(topic):
        if question.derivation is not None:
            yield from (draw(question, UNSEEN + i) for i in range(seeds))


def diagnoses(variant: Variant, answers: dict[str, str]) -> list[Diagnosis]:
    """What is said of answers by the parts' names; the other parts are left blank."""
    item = Item(1, 0, variant, variant.question.marks)
    typed = {item.label(i): answers.get(part.key_name, "") for i, part in enumerate(variant.question.parts)}
    return [verdict.diagnosis for verdict in mark(item, typed, POLICY) if verdict.diagnosis]


def misconceived(variant: Variant, ids: Sequence[str]) -> dict[str, str] | None:
    """The answers under these misconceptions, if they differ from the right ones in a way that marking sees."""
    answers = misled(variant, ids)
    return answers if answers and _lost(variant, answers) else None


def _lost(variant: Variant, answers: dict[str, str]) -> bool:
    return any(a.wrong for a in responses(variant, answers))


def responses(variant: Variant, answers: dict[str, str]) -> list[Response]:
    """The answers, read and compared."""
    found = []
    for part, target in zip(variant.question.parts, variant.targets, strict=True):
        reading = read_for(answers.get(part.key_name, ""), target)
        found.append(Response(reading, compare(reading, target, POLICY) if isinstance(reading, Reading) else None))
    return found


def outcome(said: list[Diagnosis], ids: Sequence[str]) -> str:
    """What the diagnoses of one response amount to when the cause is known.

    `found`: every one names the cause or nothing else; `ambiguous`: it is named as one of several; `false`: something else is said
    of a part, and the cause is not; `missed`: nothing is said.
    """
    if not said:
        return "missed"
    wanted = set(ids)
    named = [set(d.misconceptions) for d in said]
    if all(n and n <= wanted for n in named) and set.union(*named) == wanted:
        return "found"
    offered = [[set(d.misconceptions), *map(set, d.alternatives)] for d in said]
    if all(any(o and o <= wanted for o in options) for options in offered):
        whole = set.union(*(o for options in offered for o in options if o <= wanted)) == wanted
        return "ambiguous" if whole else "half"
    return "false"


Table = dict[str, Counter[str]]


def recognised(found: Sequence[Variant]) -> tuple[Table, dict[tuple[str, str, tuple[str, ...]], int]]:
    """The outcomes of one and of two misconceptions, and where they were not found."""
    table: Table = defaultdict(Counter)
    missed: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
    for variant in found:
        assert variant.trace is not None
        listed = variant.question.misconceptions
        known = variant.trace.derivation.misconceptions
        alone = {id: misconceived(variant, (id,)) for id in known}
        cases: list[tuple[str, tuple[str, ...], dict[str, str] | None]] = [
            ("one, listed" if id in listed else "one, unlisted", (id,), alone[id]) for id in known if alone[id]
        ]
        for pair in combinations([id for id in listed if alone.get(id)], 2):
            if known[pair[0]].rules.keys() & known[pair[1]].rules.keys():
                continue  # one rule cannot be wrong in two ways
            both = misconceived(variant, pair)
            if both and both not in (alone[pair[0]], alone[pair[1]]):
                cases.append(("two, listed", pair, both))
        for row, ids, answers in cases:
            assert answers is not None
            result = outcome(diagnoses(variant, answers), ids)
            table[row][result] += 1
            if result not in ("found", "ambiguous"):
                missed[row, f"{variant.question.id} {result}", ids] += 1
    return table, missed


def accused(found: Sequence[Variant]) -> tuple[Table, dict[str, int]]:
    """How many responses of random wrong numbers are explained, and in which questions.

    Every part random; one part random and the others right; one part random and the others blank.
    """
    table: Table = defaultdict(Counter)
    where: Counter[str] = Counter()
    for variant in found:
        right = {p.key_name: t.printed for p, t in zip(variant.question.parts, variant.targets, strict=True)}
        for turn, near in product(range(RANDOM), (False, True)):
            stream = Stream(f"random {variant.question.id} {variant.seed} {turn} {near}")
            drawn = random_numbers(variant, stream, near=near)
            size = "near the key" if near else "of the key's size"
            cases = [(f"random {size}, every part", drawn)]
            cases += [(f"random {size}, one part, others right", {**right, name: n}) for name, n in drawn.items()]
            cases += [(f"random {size}, one part, others blank", {name: n}) for name, n in drawn.items()]
            for row, answers in cases:
                if answers:
                    said = diagnoses(variant, answers)
                    slip = all(id.startswith("slip/") for diagnosis in said for id in diagnosis.misconceptions)
                    table[row]["nothing" if not said else "slip" if slip else "false"] += 1
                    where[f"{variant.question.id} {row}"] += bool(said)
    return table, where


def timed(found: Sequence[Variant]) -> dict[str, list[float]]:
    """Milliseconds of processor time of a diagnosis, on a variant not met before and again, and of reading and comparing the same.

    The ratio between the two means something on a busy machine, too.
    """
    times: dict[str, list[float]] = defaultdict(list)
    for variant in found:
        tensor = any(part.type in ("vector", "matrix", "tensor") for part in variant.question.parts)
        kind = "tensor" if tensor else "scalar"
        drawn = random_numbers(variant, Stream(f"timed {variant.seed}"), near=False)
        for what, answers in [
            *(("misconception", misled(variant, (id,))) for id in variant.question.misconceptions[:3]),
            ("random", drawn),
        ]:
            if answers:
                fresh, began = draw(variant.question, variant.seed), time.thread_time()
                read = responses(fresh, answers)
                times[f"{kind}, {what}, read and compared only"].append((time.thread_time() - began) * 1000)
                for age in ("first", "again"):
                    began = time.thread_time()
                    diagnose(fresh, read)
                    times[f"{kind}, {what}, {age}"].append((time.thread_time() - began) * 1000)
    return times


def share(row: Counter[str], *kinds: str) -> float:
    """The share of a row that ended in one of these ways."""
    return sum(row[kind] for kind in kinds) / max(1, row.total())


def printed(table: Table) -> str:
    """The table, a row a kind of student, in percent."""
    kinds = ["found", "ambiguous", "half", "missed", "false", "slip"]
    lines = [f"{'students with':44}{'responses':>10}" + "".join(f"{kind:>11}" for kind in kinds)]
    for name, row in table.items():
        lines.append(f"{name:44}{row.total():>10}" + "".join(f"{share(row, kind) * 100:>10.2f}%" for kind in kinds))
    return "\n".join(lines)


def printed_times(times: dict[str, list[float]]) -> str:
    """Medians and 95th percentiles in milliseconds."""
    lines = [f"{'a diagnosis of':44}{'responses':>10}{'median':>11}{'95 %':>11}"]
    for name, all_ in sorted(times.items()):
        late = statistics.quantiles(all_, n=20)[-1] if len(all_) > 1 else all_[0]
        lines.append(f"{name:44}{len(all_):>10}{statistics.median(all_):>8.2f} ms{late:>8.2f} ms")
    return "\n".join(lines)


def printed_topics(by_topic: dict[str, Table]) -> str:
    """A row for each topic: whether one and two misconceptions are recognised, and how often another is named, or a random number explained."""
    lines = [
        f"{'topic':24}{'one listed':>12}{'recognised':>12}{'another':>9}{'two':>8}{'recognised':>12}{'random':>9}{'explained':>11}"
    ]
    for topic, table in by_topic.items():
        one, two, random = table[ONE], table[TWO], randoms(table)
        lines.append(
            f"{topic:24}{one.total():>12}{percent(recognised_share(one), one):>12}{one['false']:>9}"
            f"{two.total():>8}{percent(recognised_share(two), two):>12}"
            f"{random.total():>9}{percent(share(random, 'false', 'slip'), random):>11}"
            + ("  below the bar" if not reached(table) else "")
        )
    return "\n".join(lines)


def percent(part: float, row: Counter[str]) -> str:
    """A share in percent, a dash where there was nothing to measure."""
    return f"{part * 100:.1f}%" if row else "-"


def recognised_share(row: Counter[str]) -> float:
    """The share in which the cause was named, alone or as one of several."""
    return share(row, "found", "ambiguous")


def randoms(table: Table) -> Counter[str]:
    """What was said of random numbers, all kinds together."""
    return sum((row for name, row in table.items() if name.startswith("random")), Counter[str]())


def reached(table: Table) -> bool:
    """Whether a table keeps what is promised; what was not measured breaks no promise."""
    return (
        all(not table[name] or recognised_share(table[name]) >= least for name, least in TARGETS.items())
        and not table[ONE]["false"]
        and share(randoms(table), "false", "slip") <= MOST_FALSE
    )


def added(tables: Iterable[Table]) -> Table:
    """Several tables in one."""
    total: Table = defaultdict(Counter)
    for table in tables:
        for name, row in table.items():
            total[name].update(row)
    return total


def test_mistakes_are_recognised_and_numbers_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    """The table for one unseen variant of every question, held to what is promised."""
    by_topic: dict[str, Table] = {}
    for topic in Bank().topics():
        if found := list(variants(topic, 1)):
            by_topic[topic] = recognised(found)[0] | accused(found)[0]
    total = added(by_topic.values())
    with capsys.disabled():
        print("\n" + printed_topics(by_topic) + "\n\n" + printed(total))
    assert reached(total)


def test_a_diagnosis_costs_little(capsys: pytest.CaptureFixture[str]) -> None:
    """At the median, a millisecond for a mistake in numbers and ten for arrays; what a number costs that nothing explains is printed."""
    times = timed(list(variants(None, 1)))
    with capsys.disabled():
        print("\n" + printed_times(times))
    for name, most in (
        ("scalar, misconception, first", 1.0),
        ("tensor, random, first", 10.0),
    ):
        assert statistics.median(times[name]) < most


def main() -> None:
    """Prints the table, and where it falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="unseen variants of each question")
    parser.add_argument("--topic", help="one topic only")
    parser.add_argument("--worst", type=int, default=0, help="how many of the places that fall short to list")
    chosen = parser.parse_args()
    by_topic: dict[str, Table] = {}
    missed: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
    where: Counter[str] = Counter()
    times: dict[str, list[float]] = defaultdict(list)
    for topic in [chosen.topic] if chosen.topic else Bank().topics():
        if not (found := list(variants(topic, chosen.seeds))):
            continue
        table, short = recognised(found)
        false, accusing = accused(found)
        by_topic[topic] = table | false
        missed.update(short)
        where.update(accusing)
        for name, some in timed(found).items():
            times[name] += some
    print(printed_topics(by_topic))
    print()
    print(printed(added(by_topic.values())))
    print()
    print(printed_times(times))
    for (row, place, ids), count in missed.most_common(chosen.worst):
        print(f"{count:>5} {row}: {place}: {' + '.join(ids)}")
    for place, count in where.most_common(chosen.worst):
        if count:
            print(f"{count:>5} {place}")


if __name__ == "__main__":
    main()
