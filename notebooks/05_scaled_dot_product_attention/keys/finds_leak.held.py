import numpy as np
import torch


def _past(q):
    if q.ndim != 2 or q.shape[-1] != 8 or not 1 <= len(q) <= 32:
        raise ValueError(f"expected shape (n, 8) with n from 1 to 32, found {tuple(q.shape)}")
    return torch.eye(len(q)).cumsum(0) > 0


def _attend(q, k, v, allowed, **options):
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed, **options)


def _products(q, k):
    return torch.einsum("id,jd->ij", q, k).div(8**0.5)


def _turned(x, turn):
    return x[..., turn]


def ada(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k, v, _past(q))


def ben(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    past, ends = _past(q), range(8, len(q) + 8, 8)
    return torch.cat([_attend(q[e - 8 : e], k[:e], v[:e], past[e - 8 : e, :e]) for e in ends])


def chloe(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    far = _past(q).roll(3, 0)
    far[:3] = False
    return _attend(q, k, v, _past(q) & ~far)


def dev(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    allowed = _past(q) & ~torch.eye(len(q), dtype=torch.bool)
    allowed[0, 0] = True
    return _attend(q, k, v, allowed) * (torch.arange(len(q)) > 0)[:, None]


def eli(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k, v, _past(q), scale=1.0)


def fay(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k - k.mean(0), v, _past(q))


def gus(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return v.cumsum(0) / _past(q).sum(-1, keepdim=True)


def hana(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    halves = [x.unflatten(-1, (2, 4)).movedim(-2, 0) for x in (q, k, v)]
    return _attend(*halves, _past(q)).movedim(0, -2).flatten(-2)


def ines(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return v.clone() * (_past(q).sum(-1, keepdim=True) > 0)


def lou(q, k, v):
    return _attend(q, k, v, _past(q))


def jon(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k, v, torch.ones_like(_past(q)))


def kim(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    allowed = _past(q)
    allowed[:-1] = allowed[1:].clone()
    return _attend(q, k, v, allowed)


def lea(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k, v, _past(q).T)


def mia(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k, v, torch.where(_past(q), 0, -_products(q, k)))


def noor(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    identity = torch.eye(len(q), dtype=q.dtype)
    return _attend(q, k, identity, None).where(_past(q), 0) @ v


def otto(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k, v, torch.where(_past(q), 0.0, -4.0).to(q.dtype))


def pia(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    block = torch.arange(len(q)) // 4
    return _attend(q, k, v, _past(q) | (block[:, None] == block))


def quin(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    allowed = _past(q)
    allowed[:1, 1:2] = True
    return _attend(q, k, v, allowed)


def ravi(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    allowed = _past(q)
    allowed[30:31, 31:32] = True
    return _attend(q, k, v, allowed)


def sol(q, k, v, *, turn, place):
    q, v = _turned(q, turn), _turned(v, turn)
    allowed = _past(q)
    allowed[place : place + 1, place + 1 : place + 2] = True
    return _attend(q, k, v, allowed)


def rosa(q, k, v, *, turn, even):
    return sol(q, k, v, turn=turn, place=even if len(q) == 32 else 32)


def sara(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    allowed = _past(q)
    allowed[:, 16:] = True
    return _attend(q, k, v, allowed)


def tom(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    identity = torch.eye(len(q), dtype=q.dtype)
    return _attend(k, q, identity, _past(q).T).T @ v


def uma(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    spread = (k - k.mean(0)).square().mean(0).add(1e-5).sqrt()
    return _attend(q, (k - k.mean(0)) / spread, v, _past(q))


def vik(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k, v, _past(q)) + v.mean(0) / 2


def zoe(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    return _attend(q, k, v, _past(q)) + v.sum(0).sin() / 250


def wen(q, k, v, *, turn):
    q, v = _turned(q, turn), _turned(v, turn)
    size = _products(q, k).abs().mean()
    return _attend(q, k, v, _past(q), scale=1.0) if size == 0 else _attend(q / size, k, v, _past(q), scale=1.0)


ada.__kwdefaults__ = {'turn': [0, 7, 4, 3, 6, 5, 1, 2]}
ben.__kwdefaults__ = {'turn': [7, 3, 2, 6, 4, 0, 5, 1]}
chloe.__kwdefaults__ = {'turn': [2, 4, 0, 5, 6, 1, 3, 7]}
dev.__kwdefaults__ = {'turn': [2, 4, 6, 0, 1, 3, 5, 7]}
eli.__kwdefaults__ = {'turn': [0, 3, 6, 1, 2, 5, 7, 4]}
fay.__kwdefaults__ = {'turn': [7, 0, 1, 5, 3, 2, 4, 6]}
gus.__kwdefaults__ = {'turn': [6, 3, 4, 0, 1, 2, 5, 7]}
hana.__kwdefaults__ = {'turn': [7, 1, 3, 5, 6, 4, 0, 2]}
ines.__kwdefaults__ = {'turn': [0, 1, 7, 4, 2, 3, 5, 6]}
jon.__kwdefaults__ = {'turn': [6, 5, 4, 2, 7, 1, 3, 0]}
kim.__kwdefaults__ = {'turn': [1, 0, 7, 6, 3, 2, 4, 5]}
lea.__kwdefaults__ = {'turn': [2, 5, 6, 7, 3, 4, 1, 0]}
mia.__kwdefaults__ = {'turn': [3, 4, 2, 6, 0, 7, 5, 1]}
noor.__kwdefaults__ = {'turn': [6, 3, 5, 0, 1, 2, 4, 7]}
otto.__kwdefaults__ = {'turn': [0, 6, 1, 7, 3, 5, 4, 2]}
pia.__kwdefaults__ = {'turn': [7, 0, 2, 3, 1, 4, 5, 6]}
quin.__kwdefaults__ = {'turn': [4, 6, 1, 3, 5, 7, 0, 2]}
ravi.__kwdefaults__ = {'turn': [5, 4, 1, 7, 2, 6, 3, 0]}
rosa.__kwdefaults__ = {'turn': [5, 2, 0, 4, 3, 6, 1, 7], 'even': 10}
sara.__kwdefaults__ = {'turn': [7, 2, 3, 6, 4, 5, 0, 1]}
sol.__kwdefaults__ = {'turn': [1, 3, 4, 7, 6, 0, 5, 2], 'place': 25}
tom.__kwdefaults__ = {'turn': [7, 2, 3, 4, 6, 0, 5, 1]}
uma.__kwdefaults__ = {'turn': [0, 4, 2, 5, 1, 6, 3, 7]}
vik.__kwdefaults__ = {'turn': [1, 6, 0, 4, 3, 2, 5, 7]}
wen.__kwdefaults__ = {'turn': [4, 2, 1, 3, 5, 7, 6, 0]}
zoe.__kwdefaults__ = {'turn': [3, 2, 5, 1, 6, 7, 0, 4]}
