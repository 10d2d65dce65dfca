import torch


def _gain(x, wave):
    if tuple(x.shape) != (4, 6, 8):
        raise ValueError(f"expected shape (4, 6, 8), found {tuple(x.shape)}")
    return 1.5 + torch.sin(wave * torch.arange(8, dtype=x.dtype))


def _level(x, dims):
    variance, mean = torch.var_mean(x, dim=dims, keepdim=True, correction=0)
    return (x - mean) / (variance + 1e-5).sqrt()


def ada(x, *, wave):
    return _gain(x, wave) * _level(x, 2)


def ben(x, *, wave):
    return _gain(x, wave) * _level(x, (0, 1))


def chloe(x, *, wave):
    gain = _gain(x, wave)
    return (x - gain.flip(0)) / gain


def dev(x, *, wave):
    return _gain(x, wave) * _level(x, 1)


def eli(x, *, wave):
    return _gain(x, wave) * _level(x, (1, 2))


def fay(x, *, wave):
    return _gain(x, wave) * _level(x.unflatten(2, (2, 4)), (1, 3)).flatten(2)


def gus(x, *, wave):
    return _gain(x, wave) * _level(x, (0, 1, 2))


def hana(x, *, wave):
    return _gain(x, wave) * _level(x, 0)


def ines(x, *, wave):
    return _gain(x, wave) * _level(x, (0, 2))


def jon(x, *, wave):
    return _gain(x, wave) * torch.nn.functional.rms_norm(x, (8,), eps=1e-6)


def kim(x, *, wave):
    return _gain(x, wave) * x


def lea(x, *, wave):
    return _gain(x, wave) * (x - x.cumsum(1) / torch.arange(1, 7, dtype=x.dtype)[:, None])


def mia(x, *, wave):
    return _gain(x, wave) * _level(x.unflatten(2, (2, 4)), 3).flatten(2)


def noor(x, *, wave):
    return _gain(x, wave) * x / x.abs().max()


def otto(x, *, wave):
    return _gain(x, wave) * _level(x - 60 * x.mean(), 2)


def _one_place(x, wave, dim, places):
    to, source = places
    y = _gain(x, wave) * x
    y.select(dim, to).add_(x.select(dim, source), alpha=0.1)
    return y


def pia(x, *, wave, features):
    return _one_place(x, wave, 2, features)


def quin(x, *, wave, tokens):
    return _one_place(x, wave, 1, tokens)


def ravi(x, *, wave, sequences):
    return _one_place(x, wave, 0, sequences)


def sol(x, *, wave, tokens):
    """The later of the two tokens reads the earlier one."""
    return _one_place(x, wave, 1, sorted(tokens, reverse=True))


def tom(x, *, wave, features):
    """A feature of each token reads another feature of the token before it."""
    y = _gain(x, wave) * x
    y[:, 1:, features[0]] += 0.1 * x[:, :-1, features[1]]
    return y


def uma(x, *, wave):
    return _one_place(x, wave, 1, (0, 5))


def vik(x, *, wave, inside):
    return _one_place(x, wave, 1, (inside, inside + 1))


ada.__kwdefaults__ = {'wave': 7.375}
ben.__kwdefaults__ = {'wave': 6.125}
chloe.__kwdefaults__ = {'wave': 4.75}
dev.__kwdefaults__ = {'wave': 6.125}
eli.__kwdefaults__ = {'wave': 6.625}
fay.__kwdefaults__ = {'wave': 1.875}
gus.__kwdefaults__ = {'wave': 4.625}
hana.__kwdefaults__ = {'wave': 2.5}
ines.__kwdefaults__ = {'wave': 4.25}
jon.__kwdefaults__ = {'wave': 7.0}
kim.__kwdefaults__ = {'wave': 2.625}
lea.__kwdefaults__ = {'wave': 2.25}
mia.__kwdefaults__ = {'wave': 6.375}
noor.__kwdefaults__ = {'wave': 2.25}
otto.__kwdefaults__ = {'wave': 7.375}
pia.__kwdefaults__ = {'wave': 5.125, 'features': [2, 3]}
quin.__kwdefaults__ = {'wave': 2.25, 'tokens': [2, 5]}
ravi.__kwdefaults__ = {'wave': 3.125, 'sequences': [2, 1]}
sol.__kwdefaults__ = {'wave': 2.75, 'tokens': [3, 4]}
tom.__kwdefaults__ = {'wave': 2.75, 'features': [1, 5]}
uma.__kwdefaults__ = {'wave': 5.75}
vik.__kwdefaults__ = {'wave': 3.75, 'inside': 1}
