"""A derivation: a graph of named steps from the givens of a question to its answers.

A step is a pure function whose name is the quantity it computes and whose parameters are the names of the givens and
earlier steps it needs. Everything gradmark says about a question follows from running this graph: the answer, the
worked solution, marks carried from a student's own value (`overrides`), the answer of a misconception or under another
convention (`replacing`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any, TypeVar

from solvers.formula import Formula, element_name, parsed
from solvers.givens import Given, complete
from solvers.rules import parameters_of
from solvers.text import GradmarkError, Text, UsageError
from solvers.trace import Trace
from solvers.values import Value
from solvers.wiring import Wiring

Rule = Callable[..., Value]
Sourced = tuple[Rule, Mapping[str, str]]
"""A rule, and the given or step that each of its parameters stands for."""
Oracle = Callable[..., Mapping[str, Any]]
_F = TypeVar("_F", bound=Callable[..., Any])
_CONVENTION = "convention/"


class GraphError(GradmarkError):
    """The steps of a derivation do not fit together; the message names them."""

    def __init__(self, derivation: str, en: str, zh: str) -> None:
        super().__init__(f"{derivation}: {en}", f"{derivation}：{zh}")


@dataclass(frozen=True)
class Step:
    """One quantity: its rule, what the rule's parameters stand for, its formula, and its name in words."""

    name: str
    rule: Rule
    inputs: Mapping[str, str]
    formula: Formula
    symbol: str
    label: Text
    final: bool = False
    row: bool = False
    elements: tuple[str, ...] = ()
    among: tuple[str, ...] = ()


def is_convention(id: str) -> bool:
    """Whether an id stands for a convention: what it gives is right, but not under the convention that the question states."""
    return id.startswith(_CONVENTION)


@dataclass(frozen=True)
class Misconception:
    """Rules that stand in for the right ones: those of one mistaken idea, or of one other convention, wherever it shows."""

    id: str
    rules: dict[str, Sourced] = field(default_factory=dict)


def _inputs(rule: Rule, renamed: Mapping[str, str]) -> dict[str, str]:
    """What each parameter without a default stands for: the step or given of that name, unless renamed."""
    return {name: renamed.get(name, name) for name in parameters_of(rule)}


class Derivation:
    """Steps, misconceptions and an oracle under one name such as `conv.output_size`.

    The part of the name before the dot is the topic's; the keyword arguments are the givens. The last step is what the
    derivation is for; any other step that nothing uses must be declared `final`.
    """

    def __init__(self, name: str, en: str, zh: str, **givens: Given) -> None:
        self.name = name
        self.title = Text(en, zh)
        self.givens = givens
        self.misconceptions: dict[str, Misconception] = {}
        self.oracle_rule: Oracle | None = None
        self.oracle_engine = "PyTorch"
        self._steps: dict[str, Step] = {}

    def __repr__(self) -> str:
        return f"Derivation({self.name!r})"

    def at(self, givens: Mapping[str, Value]) -> Derivation:
        """This derivation: its steps are the same for all givens (compare `Family.at`)."""
        return self

    # ---------------------------------------------------------------------------------------------- definition

    def step(
        self,
        formula: str,
        *,
        symbol: str,
        zh: str,
        en: str | None = None,
        name: str | None = None,
        final: bool = False,
        row: bool = False,
        elements: tuple[str, ...] = (),
        among: Iterable[str] = (),
        inputs: Mapping[str, str] | None = None,
        **renamed: str,
    ) -> Callable[[_F], _F]:
        """Declares the decorated function as the rule of a step.

        `formula` is a template over the rule's parameters (see `Formula`), `symbol` the quantity's LaTeX symbol, `zh`
        its name in Chinese; the first line of the docstring (or `en`) is its name in English. Further keyword arguments say
        which step or given a parameter stands for where their names differ: `previous="hidden_1"`; `inputs` says the
        same as a mapping. `elements` are symbols of the value's own elements, where they have better ones than an index:
        the height of a shape. `among` are the words one of which the value is: none of the others is a misspelling of it.
        Raises GraphError for a second step of the same name or a formula that mentions what the rule doesn't take.
        """

        def declare(rule: _F) -> _F:
            key = name or rule.__name__
            if key in self._steps or key in self.givens:
                raise GraphError(self.name, f"{key} is defined twice.", f"{key} 重复定义。")
            sources = _inputs(rule, {**(inputs or {}), **renamed})
            template = parsed(formula)
            if strange := sorted(template.names - set(sources)):
                raise GraphError(
                    self.name,
                    f"the formula of {key} mentions {', '.join(strange)}, which its rule does not take.",
                    f"{key} 的公式中出现了其规则没有的量：{'、'.join(strange)}。",
                )
            english = en or (inspect.getdoc(rule) or key).partition("\n")[0]
            label = Text(english.rstrip("."), zh)
            self._steps[key] = Step(key, rule, sources, template, symbol, label, final, row, elements, tuple(among))
            self._forget_plan()
            return rule

        return declare

    def rename(self, step: str, name: str) -> None:
        """Gives a step another name wherever it is used, and makes it the answer: questions ask for it by that name.

        Raises GraphError for a name that is taken.
        """
        if name in self._steps or name in self.givens:
            raise GraphError(self.name, f"{name} is defined twice.", f"{name} 重复定义。")

        def renamed(inputs: Mapping[str, str]) -> dict[str, str]:
            return {parameter: name if source == step else source for parameter, source in inputs.items()}

        asked = self._steps.pop(step)
        self._steps = {key: replace(one, inputs=renamed(one.inputs)) for key, one in self._steps.items()}
        self._steps[name] = replace(asked, name=name)
        for wrong in self.misconceptions.values():
            rules = {
                name if key == step else key: (rule, renamed(inputs)) for key, (rule, inputs) in wrong.rules.items()
            }
            wrong.rules.clear()
            wrong.rules.update(rules)
        self._forget_plan()

    def misconception(
        self, id: str, *, replaces: str, inputs: Mapping[str, str] | None = None, **renamed: str
    ) -> Callable[[_F], _F]:
        """Declares the decorated function as the wrong rule that stands in for the step `replaces`.

        The same id may be declared for several steps: a student who takes tanh for sigma does so in every gate.
        The wrong rule may take any givens and steps that do not depend on the step itself.
        Raises GraphError for a second rule for a step, and for an id that is kept for conventions.
        """
        if is_convention(id):
            raise GraphError(self.name, f"{id} is declared with `convention`.", f"{id} 应使用 `convention` 声明。")
        return self._replacement(id, replaces, {**(inputs or {}), **renamed})

    def convention(
        self, id: str, *, replaces: str, inputs: Mapping[str, str] | None = None, **renamed: str
    ) -> Callable[[_F], _F]:
        """Declares the decorated function as the rule of the step `replaces` under another convention than the question states.

        The id is `convention/...`, and may be declared for several steps. Otherwise a convention is what a misconception is: it stands
        among `misconceptions`, runs by `replacing`, and a question may list it; but its answer is credited as the exam's policy says.
        Raises GraphError for a second rule for a step, and for another kind of id.
        """
        if not is_convention(id):
            raise GraphError(
                self.name,
                f"a convention is called convention/...; this one is {id}.",
                f"约定的 id 应为 convention/…：{id}。",
            )
        return self._replacement(id, replaces, {**(inputs or {}), **renamed})

    def _replacement(self, id: str, replaces: str, renamed: Mapping[str, str]) -> Callable[[_F], _F]:
        def declare(rule: _F) -> _F:
            known = self.misconceptions.setdefault(id, Misconception(id))
            if replaces in known.rules:
                raise GraphError(self.name, f"{id} replaces {replaces} twice.", f"误解 {id} 对 {replaces} 重复定义。")
            known.rules[replaces] = (rule, _inputs(rule, renamed))
            self._forget_plan()
            return rule

        return declare

    def oracle(self, rule: Oracle | None = None, *, engine: str = "PyTorch") -> Any:
        """Declares a second, independent computation: givens in, `{step: value}` out, by a real layer or autograd."""

        def declare(function: Oracle) -> Oracle:
            self.oracle_rule, self.oracle_engine = function, engine
            return function

        return declare if rule is None else declare(rule)

    def _forget_plan(self) -> None:
        self.__dict__.pop("steps", None)
        self.__dict__.pop("_users", None)
        self.__dict__.pop("_downstream", None)
        self.__dict__.pop("_upstream", None)
        self.__dict__.pop("wiring", None)

    # --------------------------------------------------------------------------------------------------- graph

    @cached_property
    def steps(self) -> dict[str, Step]:
        """The steps in an order in which each follows what it needs.

        Raises GraphError for a missing input, a cycle, or a step or given that nothing uses.
        """
        if not self._steps:
            raise GraphError(self.name, "there are no steps.", "没有任何步骤。")
        needs = {name: tuple(step.inputs.values()) for name, step in self._steps.items()}
        self._check_inputs(needs)
        order = self._ordered(needs)
        place = {name: index for index, name in enumerate(order)}
        self._check_use(needs)
        for wrong in self.misconceptions.values():
            if missing := sorted(set(wrong.rules) - set(self._steps)):
                raise GraphError(
                    self.name,
                    f"{wrong.id} replaces {', '.join(missing)}, which is no step.",
                    f"误解 {wrong.id} 所替换的 {'、'.join(missing)} 不是步骤。",
                )
            replaced = {name: tuple(inputs.values()) for name, (_, inputs) in wrong.rules.items()}
            self._check_inputs(replaced)
            if any(place.get(source, -1) >= place[name] for name, inputs in replaced.items() for source in inputs):
                self._ordered({**needs, **replaced})  # what stands before a step needs nothing of it
        return {name: self._steps[name] for name in order}

    def _check_inputs(self, needs: Mapping[str, tuple[str, ...]]) -> None:
        known = {*self._steps, *self.givens}
        for name, inputs in needs.items():
            if missing := [source for source in inputs if source not in known]:
                raise GraphError(
                    self.name,
                    f"{name} needs {', '.join(missing)}, which is neither a given nor a step.",
                    f"{name} 需要 {'、'.join(missing)}，但它既不是已知量也不是步骤。",
                )

    def _ordered(self, needs: Mapping[str, tuple[str, ...]]) -> list[str]:
        """The steps as they were declared, each moved down as far as what it needs; raises GraphError for a cycle."""
        try:
            TopologicalSorter(needs).prepare()
        except CycleError as error:
            members = " -> ".join(error.args[1])
            raise GraphError(
                self.name, f"these steps need each other: {members}.", f"步骤互相依赖：{members}。"
            ) from None
        order: dict[str, None] = {}
        waiting: list[str] = list(needs)[::-1]
        while waiting:
            name = waiting[-1]
            ahead = [source for source in needs[name] if source in needs and source not in order]
            if ahead:
                waiting.extend(reversed(ahead))
            else:
                order[waiting.pop()] = None
        return list(order)

    def _check_use(self, needs: Mapping[str, tuple[str, ...]]) -> None:
        used = {source for inputs in needs.values() for source in inputs}
        last = next(reversed(self._steps))
        idle = [n for n, step in self._steps.items() if n not in used and n != last and not step.final]
        # A name says which steps there are; no rule works with it.
        idle += [name for name, given in self.givens.items() if name not in used and given.kind != "name"]
        if idle:
            raise GraphError(self.name, f"nothing uses {', '.join(idle)}.", f"{'、'.join(idle)} 未被任何步骤使用。")

    @cached_property
    def _users(self) -> dict[str, tuple[str, ...]]:
        """For each given or step, the steps that need it, in the right graph or in a misconception's."""
        users: dict[str, list[str]] = {}
        wirings = [(name, step.inputs) for name, step in self.steps.items()]
        wirings += [(n, inputs) for wrong in self.misconceptions.values() for n, (_, inputs) in wrong.rules.items()]
        for name, inputs in wirings:
            for source in inputs.values():
                users.setdefault(source, []).append(name)
        return {source: tuple(dict.fromkeys(names)) for source, names in users.items()}

    def downstream(self, names: Iterable[str], *, fixed: Iterable[str] = ()) -> frozenset[str]:
        """The named steps and all that depend on them, other than through steps that are `fixed`."""
        asked = tuple(names), tuple(fixed)
        known = self._downstream.get(asked)
        if known is None:
            known = self._downstream[asked] = self._reached(*asked)
        return known

    @cached_property
    def _downstream(self) -> dict[tuple[tuple[str, ...], tuple[str, ...]], frozenset[str]]:
        """What was asked of `downstream` before."""
        return {}

    def _reached(self, names: Sequence[str], fixed: Sequence[str]) -> frozenset[str]:
        reached: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in reached and name not in fixed:
                reached.add(name)
                waiting.extend(self._users.get(name, ()))
        return frozenset(reached)

    def upstream(self, name: str) -> frozenset[str]:
        """The steps that the named one depends on, itself included."""
        known = self._upstream.get(name)
        if known is None:
            known = self._upstream[name] = self._needed(name)
        return known

    @cached_property
    def _upstream(self) -> dict[str, frozenset[str]]:
        """What was asked of `upstream` before."""
        return {}

    def _needed(self, name: str) -> frozenset[str]:
        reached: set[str] = set()
        waiting = [name]
        while waiting:
            at = waiting.pop()
            if at in self.steps and at not in reached:
                reached.add(at)
                waiting.extend(self.steps[at].inputs.values())
        return frozenset(reached)

    @cached_property
    def wiring(self) -> Wiring:
        """The right rules, and all that is known of runs in which some are replaced."""
        return Wiring(self, {}, {})

    @property
    def conventions(self) -> tuple[str, ...]:
        """The ids of the conventions, in the order in which they were declared."""
        return tuple(id for id in self.misconceptions if is_convention(id))

    @property
    def answer(self) -> str:
        """The name of the last step: what the derivation is for."""
        return next(reversed(self._steps))

    def symbols_of(self, step: Step) -> dict[str, str]:
        """The LaTeX symbol of each of the step's parameters, and of those of their elements that have one."""
        symbols: dict[str, str] = {}
        for parameter, source in step.inputs.items():
            if source in self.givens:
                symbols[parameter] = self.givens[source].symbol
                continue
            symbols[parameter] = self.steps[source].symbol
            for index, element in enumerate(self.steps[source].elements):
                symbols[element_name(parameter, (index,))] = element
        return symbols

    def rows_of(self, step: Step) -> frozenset[str]:
        """The step's parameters whose vectors are shown as rows."""
        return frozenset(
            parameter
            for parameter, source in step.inputs.items()
            if (self.givens[source].row if source in self.givens else self.steps[source].row)
        )

    # ----------------------------------------------------------------------------------------------------- run

    def complete(self, values: Mapping[str, Any]) -> dict[str, Value]:
        """The givens checked and completed with defaults. Raises UsageError, naming the nearest given if one is unknown."""
        from solvers.nearest import suggestion

        for name in values:
            if name not in self.givens:
                hint = suggestion(name, self.givens)
                raise UsageError(
                    f"{self.name} has no given {name!r}.{hint.en} It takes: {', '.join(self.givens)}.",
                    f"{self.name} 没有已知量 {name!r}。{hint.zh}可用的已知量：{'、'.join(self.givens)}。",
                )
        return complete(self.givens, values)

    def run(
        self,
        givens: Mapping[str, Value],
        *,
        overrides: Mapping[str, Value] | None = None,
        replacing: Iterable[str] = (),
        formulas: Mapping[str, Sourced] | None = None,
        base: Trace | None = None,
    ) -> Trace:
        """The one way to compute anything: the graph run on complete givens.

        `overrides` puts values in for steps, `formulas` a student's own rules; `replacing` names misconceptions or conventions whose rules
        stand in; `base` is a plain run on the same givens, whose values are reused for the steps that none of these can reach.
        """
        wiring = self.wiring.changed(tuple(replacing), tuple(overrides or ()))
        if formulas:
            wiring = wiring.with_formulas(formulas)
        return Trace(wiring if base is not None else wiring.whole, givens, overrides or {}, base)
