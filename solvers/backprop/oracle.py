"""What PyTorch says about a network: its forward pass, autograd's gradients, and a step of `torch.optim.SGD`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from solvers.backprop.functions import is_fused
from solvers.oracles import torch_tensor
from solvers.values import Value


def activated(z: Any, activation: str) -> Any:
    """The activation of this name, by PyTorch."""
    import torch

    if activation == "softmax":
        return torch.softmax(z, dim=-1)
    if activation == "relu":
        # What is 0 in exact arithmetic may be 1e-17 here, on the wrong side of the kink.
        return torch.relu(z + (z.round(decimals=12) - z).detach())
    return z if activation == "linear" else getattr(torch, activation)(z)


def sample_losses(z: Any, output: Any, target: Any, activation: str, loss: str) -> Any:
    """The loss of each sample along the last axis, by PyTorch's own losses; from `z` where they take logits."""
    from torch.nn import functional

    if loss.endswith("squared_error") or loss == "sum_of_squares":
        each = functional.mse_loss(output, target, reduction="none")
        each = each / 2 if loss == "squared_error" else each
    elif (activation, loss) == ("softmax", "cross_entropy"):
        return functional.cross_entropy(z, target, reduction="none")
    elif loss == "cross_entropy":
        return functional.kl_div(output.log(), target, reduction="none").sum(-1) - target.xlogy(target).sum(-1)
    elif is_fused(activation, loss):
        each = functional.binary_cross_entropy_with_logits(z, target, reduction="none")
    else:
        each = functional.binary_cross_entropy(output, target, reduction="none")
    return each.mean(-1) if loss.startswith("mean") else each.sum(-1)


def slope_at(z: Any, activation: str) -> Any:
    """The derivative of an elementwise activation, by autograd."""
    import torch

    leaf = z.detach().requires_grad_()
    (found,) = torch.autograd.grad(activated(leaf, activation).sum(), leaf)
    return found


def dense_oracle(depth: int, *, rows: bool) -> Callable[..., Mapping[str, Any]]:
    """The oracle of a dense network with so many layers of weights."""
    units = {1: ["output"], 2: ["hidden", "output"], 3: ["hidden1", "hidden2", "output"]}[depth]

    def oracle(**givens: Value) -> Mapping[str, Any]:
        import torch

        first = givens.get("activation")
        names = [first, first if givens.get("activation2") == "same" else givens.get("activation2")][: depth - 1]
        activations = [*names, givens["output_activation"]]
        loss = givens["loss_function"]
        x, target = torch_tensor(givens["x"]).requires_grad_(), torch_tensor(givens["target"])
        weights = [torch_tensor(givens[f"W{n}"]).requires_grad_() for n in range(1, depth + 1)]
        biases = [torch_tensor(givens[f"b{n}"]).requires_grad_() for n in range(1, depth + 1)]

        def forward() -> tuple[list[Any], list[Any], Any]:
            sums, values = [], [x]
            for W, b, activation in zip(weights, biases, activations, strict=True):
                sums.append(torch.nn.functional.linear(values[-1], W.T if rows else W, b))
                values.append(activated(sums[-1], activation))
            return sums, values[1:], sample_losses(sums[-1], values[-1], target, activations[-1], loss)

        sums, values, losses = forward()
        fused = is_fused(activations[-1], loss)
        asked = [x, *sums, *(values[:-1] if fused else values)]
        found = torch.autograd.grad(losses.sum(), asked, retain_graph=True)
        gradients = dict(zip(map(id, asked), found, strict=True))
        total = losses.mean() if givens.get("reduction") == "mean" else losses.sum()
        steps: dict[str, Any] = {"loss": total.item(), "input_gradient": gradients[id(x)]}
        for n, (name, z, a, activation) in enumerate(zip(units, sums, values, activations, strict=True), 1):
            steps.update({f"z{n}": z.detach(), name: a.detach(), f"{name}_delta": gradients[id(z)]})
            if not (fused and name == "output"):
                steps[f"{name}_error"] = gradients[id(a)]
                if activation not in ("linear", "softmax"):
                    steps[f"{name}_slope"] = slope_at(z, activation)
        total.backward()
        steps.update(_trained(weights, biases, givens, total))
        _, values, losses = forward()
        steps.update({f"{name}_after": a.detach() for name, a in zip(units, values, strict=True)})
        steps["loss_after"] = (losses.mean() if givens.get("reduction") == "mean" else losses.sum()).item()
        return steps

    return oracle


def _trained(weights: list[Any], biases: list[Any], givens: Mapping[str, Value], loss: Any) -> dict[str, Any]:
    """The gradients, and the parameters after a step of SGD; the L2 term is the optimiser's weight decay."""
    import torch

    rate, l2 = float(givens["rate"]), float(givens["l2"])
    steps: dict[str, Any] = {}
    for n, (W, b) in enumerate(zip(weights, biases, strict=True), 1):
        steps.update({f"W{n}_gradient": W.grad.clone(), f"b{n}_gradient": b.grad.clone()})
    if l2:
        leaves = [W.detach().clone().requires_grad_() for W in weights]
        penalty = sum(torch.linalg.matrix_norm(W) ** 2 for W in leaves) * (l2 / 2)
        penalty.backward()
        steps.update({"penalty": penalty.item(), "total_loss": (loss + penalty).item()})
        for n, (W, leaf) in enumerate(zip(weights, leaves, strict=True), 1):
            steps[f"W{n}_total_gradient"] = W.grad + leaf.grad
    groups: list[dict[str, Any]] = [{"params": weights, "weight_decay": l2}]
    if givens["update_biases"]:
        groups.append({"params": biases})
    torch.optim.SGD(groups, lr=rate).step()
    for n, (W, b) in enumerate(zip(weights, biases, strict=True), 1):
        steps.update({f"W{n}_updated": W.detach().clone(), f"b{n}_updated": b.detach().clone()})
    return steps
