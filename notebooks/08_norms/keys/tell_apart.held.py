import numpy as np
import torch


def form(result):
    """Two float tensors (8,) with finite entries of at most 1000 in size, and a spread in each."""
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        return "not two"
    for name, token in zip("xy", result, strict=True):
        if not isinstance(token, torch.Tensor):
            return "type", {"name": name}
        if tuple(token.shape) != (8,):
            return "shape", {"name": name, "shape": str(tuple(token.shape))}
        if not token.is_floating_point():
            return "dtype", {"name": name, "dtype": str(token.dtype).removeprefix("torch.")}
        if not torch.isfinite(token).all():
            return "not finite", {"name": name}
        if token.abs().max() > 1000:
            return "large", {"name": name, "size": token.abs().max().item()}
        if token.max() - token.min() < 0.1:
            return "constant", {"name": name}
    return ""


def largest_difference(result, function):
    x, y = (function(token.detach().double(), (8,), eps=1e-12) for token in result)
    return (x - y).abs().max().item()


def same(result):
    """LayerNorm makes the two the same, up to 0.001."""
    if wrong := form(result):
        return wrong
    found = largest_difference(result, torch.nn.functional.layer_norm)
    return "" if found <= 0.001 else ("differ", {"found": found})


def apart(result):
    """RMSNorm keeps some feature of the two apart by 0.1."""
    if wrong := form(result):
        return wrong
    found = largest_difference(result, torch.nn.functional.rms_norm)
    return "" if found >= 0.1 else ("alike", {"found": found})


def token():
    return torch.tensor([0.5, -1.0, 2.0, 0.25, 3.0, -0.75, 1.0, -1.5])
