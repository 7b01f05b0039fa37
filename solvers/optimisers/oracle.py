"""The optimisers once more, by PyTorch's own: `torch.optim`, fed with the same gradients.

Where PyTorch refuses the numbers (a momentum of 0 for Nesterov), there is nothing to compare with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from solvers.optimisers.settings import Setting, torch_gradients
from solvers.oracles import torch_tensor
from solvers.values import Value


def _run(
    setting: Setting,
    givens: Mapping[str, Value],
    make: Callable[[Any], Any],
    note: Callable[..., dict[str, Any]],
    state: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The parameter after every step, the gradients, and whatever `note` finds in the optimiser's state."""
    import torch

    start, gradient, length = torch_gradients(setting, givens)
    place = torch.nn.Parameter(start.clone())
    optimiser = make(place)
    if state is not None:
        optimiser.state[place].update({name: torch.as_tensor(value).clone() for name, value in state.items()})
    found: dict[str, Any] = {}
    for number in range(1, length + 1):
        place.grad = gradient(place.detach(), number).clone()
        if not setting.listed:
            found[f"gradient_{number}"] = place.grad.clone()
        before = place.detach().clone()
        optimiser.step()
        own = {"w": place.detach().clone(), **note(optimiser.state[place], before, number)}
        found.update({f"{name}_{number}": value for name, value in own.items()})
    return {name: value if setting.vector else value.item() for name, value in found.items()}


def _tensors(givens: Mapping[str, Value], **names: str) -> dict[str, Any]:
    import torch

    return {own: torch.atleast_1d(torch_tensor(givens[name])) for own, name in names.items()}


def gradient_descent(setting: Setting, givens: Mapping[str, Value]) -> dict[str, Any]:
    """`torch.optim.SGD`."""
    import torch

    return _run(setting, givens, lambda w: torch.optim.SGD([w], lr=float(givens["lr"])), lambda *_: {})


def momentum(setting: Setting, givens: Mapping[str, Value]) -> dict[str, Any]:
    """`torch.optim.SGD` with momentum; dampened for averages, its buffer turned and scaled for classical velocities."""
    import torch

    rate, mu, form = float(givens["lr"]), float(givens["mu"]), givens["form"]
    scale = -rate if form == "velocity" else 1.0
    start = _tensors(givens, momentum_buffer="v")
    if form == "velocity" and rate == 0:
        return {}
    return _run(
        setting,
        givens,
        lambda w: torch.optim.SGD([w], lr=rate, momentum=mu, dampening=mu if form == "average" else 0),
        lambda state, *_: {"velocity": state["momentum_buffer"] * scale},
        {"momentum_buffer": start["momentum_buffer"] / scale},
    )


def nesterov(setting: Setting, givens: Mapping[str, Value]) -> dict[str, Any]:
    """`torch.optim.SGD(nesterov=True)`, whose parameter is the look-ahead point of the classical form."""
    import torch

    rate, mu = float(givens["lr"]), float(givens["mu"])
    start = _tensors(givens, v="v", w="w")
    if (givens["form"] == "lookahead" and rate == 0) or mu == 0:
        return {}
    if givens["form"] == "pytorch":
        found = _run(
            setting,
            givens,
            lambda w: torch.optim.SGD([w], lr=rate, momentum=mu, nesterov=True),
            lambda state, before, _: {"velocity": state["momentum_buffer"].clone(), "before": before},
            {"momentum_buffer": start["v"]},
        )
        for name in [name for name in found if name.startswith("before_") and rate]:
            number = name.removeprefix("before_")
            found[f"direction_{number}"] = (found[name] - found[f"w_{number}"]) / rate
        return {name: value for name, value in found.items() if not name.startswith("before_")}

    def note(state: Any, before: Any, _: int) -> dict[str, Any]:
        velocity = -rate * state["momentum_buffer"]
        return {"velocity": velocity, "lookahead": before, "shift": mu * velocity}

    ahead = {**givens, "w": (start["w"] + mu * start["v"]).numpy()}
    found = _run(
        setting,
        ahead if setting.vector else {**ahead, "w": ahead["w"].item()},
        lambda w: torch.optim.SGD([w], lr=rate, momentum=mu, nesterov=True),
        note,
        {"momentum_buffer": start["v"] / -rate},
    )
    shifts = {name: value for name, value in found.items() if name.startswith("shift_")}
    for name, shift in shifts.items():
        found[name.replace("shift", "w")] -= shift
    return {name: value for name, value in found.items() if name not in shifts}


def adagrad(setting: Setting, givens: Mapping[str, Value]) -> dict[str, Any]:
    """`torch.optim.Adagrad`; with epsilon under the root, it is put into the accumulator."""
    import torch

    inside = givens["place"] == "inside"
    eps = float(givens["eps"])
    start = _tensors(givens, sum="s")["sum"] + (eps if inside else 0)
    return _run(
        setting,
        givens,
        lambda w: torch.optim.Adagrad([w], lr=float(givens["lr"]), eps=0.0 if inside else eps),
        lambda state, *_: {"square_sum": state["sum"] - (eps if inside else 0)},
        {"sum": start, "step": torch.tensor(0.0)},
    )


def rmsprop(setting: Setting, givens: Mapping[str, Value]) -> dict[str, Any]:
    """`torch.optim.RMSprop`; with epsilon under the root, it is put into the average before each step."""
    import torch

    inside = givens["place"] == "inside"
    eps, rho = float(givens["eps"]), float(givens["rho"])
    under, before_step = (eps, eps / rho) if inside and rho else (0.0, 0.0)
    if inside and not rho:
        return {}

    def note(state: Any, *_: Any) -> dict[str, Any]:
        average = state["square_avg"] - under
        state["square_avg"] += before_step - under
        return {"square_average": average}

    return _run(
        setting,
        givens,
        lambda w: torch.optim.RMSprop([w], lr=float(givens["lr"]), alpha=rho, eps=0.0 if inside else eps),
        note,
        {"square_avg": _tensors(givens, s="s")["s"] + before_step, "step": torch.tensor(0.0)},
    )


def adam(setting: Setting, givens: Mapping[str, Value]) -> dict[str, Any]:
    """`torch.optim.Adam`."""
    import torch

    return _adam(setting, givens, torch.optim.Adam)


def adamw(setting: Setting, givens: Mapping[str, Value]) -> dict[str, Any]:
    """`torch.optim.AdamW`."""
    import torch

    return _adam(setting, givens, torch.optim.AdamW, weight_decay=float(givens["decay"]))


def _adam(setting: Setting, givens: Mapping[str, Value], kind: Any, **options: float) -> dict[str, Any]:
    import torch

    betas = (float(givens["beta1"]), float(givens["beta2"]))
    taken, rate, weight_decay = int(givens["t"]), float(givens["lr"]), options.get("weight_decay", 0.0)

    def weight(beta: float, time: int) -> float:
        return sum((1 - beta) * beta**back for back in range(time))

    def note(state: Any, before: Any, number: int) -> dict[str, Any]:
        first, second = state["exp_avg"].clone(), state["exp_avg_sq"].clone()
        time = taken + number
        shrunk = {"decayed": torch.lerp(before, torch.zeros_like(before), weight_decay * rate)} if options else {}
        return {
            **shrunk,
            "first_moment": first,
            "second_moment": second,
            "first_corrected": first / weight(betas[0], time),
            "second_corrected": second / weight(betas[1], time),
        }

    return _run(
        setting,
        givens,
        lambda w: kind([w], lr=float(givens["lr"]), betas=betas, eps=float(givens["eps"]), **options),
        note,
        {**_tensors(givens, exp_avg="m", exp_avg_sq="v"), "step": torch.tensor(float(taken))},
    )
