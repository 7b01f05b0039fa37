"""What PyTorch's autograd says about a recurrent network unrolled in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from solvers.backprop.oracle import activated, sample_losses, slope_at
from solvers.backprop.recurrent_parts import Parts
from solvers.oracles import torch_tensor
from solvers.values import Value


def recurrent_oracle(parts: Parts, *, every: bool) -> Callable[..., Mapping[str, Any]]:
    """The oracle of a recurrent network: forward pass, autograd, and a step of `torch.optim.SGD`."""

    def oracle(**givens: Value) -> Mapping[str, Any]:
        import torch

        def leaf(name: str, rank: int) -> Any:
            value = torch_tensor(givens[name])
            return (value if value.dim() == rank else value.reshape((1,) * rank)).requires_grad_()

        letters = {
            letter: leaf(letter, 2 if letter in (parts.W, parts.U, parts.V) else 1)
            for letter in (parts.W, parts.U, "b", parts.V, "c")
        }
        W, U, b, V, c = letters.values()
        xs = torch_tensor(givens["x"]).reshape(-1, W.shape[1])
        targets = torch_tensor(givens["target"]).reshape(-1, V.shape[0])
        h0 = h = leaf("h0", 1)
        last = givens["output_activation"]
        kept: dict[str, Any] = {}
        loss = torch.zeros((), dtype=torch.float64)
        steps: dict[str, Any] = {}
        for t, x in enumerate(xs, 1):
            z = torch.nn.functional.linear(x, W, b) + torch.nn.functional.linear(h, U)
            h = activated(z, givens["activation"])
            kept.update({f"hidden_delta_{t}": z, f"hidden_error_{t}": h})
            steps.update({f"z_{t}": z.detach(), f"hidden_{t}": h.detach()})
            if givens["activation"] != "linear":
                steps[f"hidden_slope_{t}"] = slope_at(z, givens["activation"])
            if every or t == len(xs):
                scores = torch.nn.functional.linear(h, V, c)
                output = activated(scores, last)
                target = targets[t - 1 if every else 0]
                own = sample_losses(scores, output, target, last, givens["loss_function"])
                loss = loss + own
                kept[f"output_delta_{t}"] = scores
                steps.update({f"score_{t}": scores.detach(), f"output_{t}": output.detach(), f"loss_{t}": own.detach()})
        found = torch.autograd.grad(loss, [*kept.values(), h0], retain_graph=True)
        steps.update(dict(zip((*kept, "h0_gradient"), found, strict=True)))
        loss.backward()
        steps["loss"] = loss.detach()
        steps.update({f"{letter}_gradient": value.grad.clone() for letter, value in letters.items()})
        torch.optim.SGD(list(letters.values()), lr=float(givens["rate"])).step()
        steps.update({f"{letter}_updated": value.detach() for letter, value in letters.items()})
        if parts.form == "number":
            return {name: value.item() for name, value in steps.items()}
        return {name: value.item() if name.startswith("loss") else value for name, value in steps.items()}

    return oracle
