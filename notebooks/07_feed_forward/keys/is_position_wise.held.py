import torch


def _turned(x, turn):
    if x.ndim != 2 or x.shape[-1] != 8 or not 1 <= len(x) <= 16:
        raise ValueError(f"expected shape (n, 8) with n from 1 to 16, found {tuple(x.shape)}")
    return x[:, turn]


def _matrix(x, shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(x.dtype) / 3


def _places(x):
    return torch.arange(len(x), dtype=x.dtype)[:, None]


def _attend(q, k):
    return torch.softmax(torch.einsum("id,jd->ij", q, k), -1)


def ada(x, *, turn):
    x = _turned(x, turn)
    return torch.relu(x @ _matrix(x, (8, 16), 1)) @ _matrix(x, (16, 8), 2)


def ben(x, *, turn):
    return torch.nn.functional.layer_norm(_turned(x, turn), (8,))


def chloe(x, *, turn):
    return 2 * _turned(x, turn)


def dev(x, *, turn):
    return torch.zeros_like(x) + torch.tensor(turn, dtype=x.dtype)


def eli(x, *, turn):
    return torch.softmax(_turned(x, turn), dim=-1)


def fay(x, *, turn):
    x = _turned(x, turn)
    return torch.nn.functional.silu(x @ _matrix(x, (8, 8), 3)) * (x @ _matrix(x, (8, 8), 4))


def gus(x, *, turn):
    return _turned(x, turn).sort(dim=-1).values


def hana(x, *, turn):
    x = _turned(x, turn)
    return (x - 40 * x.mean(0)) + 40 * x.mean(0)


def lou(x):
    return _turned(x, list(range(8)))


def ines(x, *, turn):
    x = _turned(x, turn)
    return _attend(x, x) @ x


def jon(x, *, turn):
    x = _turned(x, turn)
    return torch.relu(x) + x.mean(0) / 4


def kim(x, *, turn):
    x = _turned(x, turn)
    return x.cumsum(0) / (_places(x) + 1)


def lea(x, *, turn):
    x = _turned(x, turn)
    return x + x.roll(1, 0) / 4


def mia(x, *, turn):
    x = _turned(x, turn)
    return torch.cat([x[:15], x[15:] + x[:1] / 4])


def noor(x, *, turn):
    x = _turned(x, turn)
    return (x - x.mean(0)) / (x.var(0, correction=0) + 1e-5).sqrt()


def otto(x, *, turn):
    x = _turned(x, turn)
    return x.sort(dim=0).values


def pia(x, *, turn):
    x = _turned(x, turn)
    return x / x.abs().max()


def quin(x, *, turn):
    x = _turned(x, turn)
    return torch.nn.functional.layer_norm(x, x.shape)


def ravi(x, *, turn, place):
    x = _turned(x, turn).clone()
    x[place : place + 1] += x[place - 1 : place][: len(x[place:])] / 4
    return x


def rosa(x, *, turn):
    x = _turned(x, turn)
    return x + x[8:].sum(0) / 8


def sara(x, *, turn):
    x = _turned(x, turn)
    return x + x.sum(0).sin() / 250


def tom(x, *, turn):
    x, places = _turned(x, turn), _places(x)
    return x + x.roll(-1, 0) * ((places % 2 == 0) & (places + 1 < len(x))) / 4


def uma(x, *, turn):
    return _turned(x, turn) + _places(x) / 8


def vik(x, *, turn):
    return _turned(x, turn) * (1 + _places(x))


def wen(x, *, turn):
    return _turned(x, turn).flip(0)


def xia(x, *, turn):
    return _turned(x, turn) / len(x)


def yara(x, *, turn, place):
    x = _turned(x, turn)
    return torch.where(_places(x) == place, torch.relu(x), x)


def zoe(x, *, turn):
    x = _turned(x, turn)
    return torch.where(_places(x) == 0, torch.relu(x), x)


ada.__kwdefaults__ = {'turn': [1, 2, 6, 3, 0, 5, 4, 7]}
ben.__kwdefaults__ = {'turn': [1, 5, 2, 7, 4, 6, 0, 3]}
chloe.__kwdefaults__ = {'turn': [6, 1, 4, 3, 0, 2, 7, 5]}
dev.__kwdefaults__ = {'turn': [5, 0, 6, 4, 7, 3, 2, 1]}
eli.__kwdefaults__ = {'turn': [2, 0, 1, 7, 6, 4, 3, 5]}
fay.__kwdefaults__ = {'turn': [5, 7, 2, 3, 6, 4, 0, 1]}
gus.__kwdefaults__ = {'turn': [3, 5, 6, 4, 0, 2, 1, 7]}
hana.__kwdefaults__ = {'turn': [2, 4, 1, 5, 6, 7, 3, 0]}
ines.__kwdefaults__ = {'turn': [4, 2, 3, 7, 1, 0, 5, 6]}
jon.__kwdefaults__ = {'turn': [3, 2, 5, 4, 6, 0, 1, 7]}
kim.__kwdefaults__ = {'turn': [1, 2, 6, 0, 5, 3, 4, 7]}
lea.__kwdefaults__ = {'turn': [3, 7, 5, 2, 0, 4, 1, 6]}
mia.__kwdefaults__ = {'turn': [3, 0, 7, 1, 6, 2, 4, 5]}
noor.__kwdefaults__ = {'turn': [4, 5, 7, 2, 1, 0, 6, 3]}
otto.__kwdefaults__ = {'turn': [1, 0, 7, 2, 3, 6, 5, 4]}
pia.__kwdefaults__ = {'turn': [6, 4, 0, 3, 1, 2, 7, 5]}
quin.__kwdefaults__ = {'turn': [5, 7, 6, 0, 3, 2, 1, 4]}
ravi.__kwdefaults__ = {'turn': [1, 6, 4, 0, 2, 5, 3, 7], 'place': 9}
rosa.__kwdefaults__ = {'turn': [4, 5, 2, 3, 7, 0, 1, 6]}
sara.__kwdefaults__ = {'turn': [7, 2, 6, 0, 1, 5, 3, 4]}
tom.__kwdefaults__ = {'turn': [2, 3, 6, 1, 5, 0, 7, 4]}
uma.__kwdefaults__ = {'turn': [5, 4, 3, 2, 7, 6, 0, 1]}
vik.__kwdefaults__ = {'turn': [7, 6, 5, 2, 3, 4, 0, 1]}
wen.__kwdefaults__ = {'turn': [7, 6, 1, 5, 3, 0, 4, 2]}
xia.__kwdefaults__ = {'turn': [0, 5, 1, 7, 4, 3, 2, 6]}
yara.__kwdefaults__ = {'turn': [2, 6, 3, 5, 7, 4, 0, 1], 'place': 4}
zoe.__kwdefaults__ = {'turn': [7, 6, 1, 2, 3, 0, 5, 4]}
