import torch


def bent(x):
    return torch.nn.functional.gelu(x)


def wave(x):
    return torch.sin(x)
