import torch


class Sublayer:
    """Bends each number and adds the one beside it. It has another result each time that it is called."""

    def __init__(self, size, shift):
        self.size, self.shift, self.calls = size, shift, 0

    def __call__(self, x):
        self.calls += 1
        return torch.tanh(x * self.size) + x.roll(1, -1) * self.shift * self.calls
