import numpy as np
import torch


def _past(q):
    if q.ndim != 2 or q.shape[-1] != 8 or (not 1 <= len(q) <= 32):
        raise ValueError(f'expected shape (n, 8) with n from 1 to 32, found {tuple(q.shape)}')
    return torch.eye(len(q)).cumsum(0) > 0


def _attend(q, k, v, allowed, **options):
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed, **options)


def _products(q, k):
    return torch.einsum('id,jd->ij', q, k).div(8 ** 0.5)


def ada(q, k, v):
    return _attend(q, k, v, _past(q))


def ben(q, k, v):
    past, ends = (_past(q), range(8, len(q) + 8, 8))
    return torch.cat([_attend(q[e - 8:e], k[:e], v[:e], past[e - 8:e, :e]) for e in ends])


def chloe(q, k, v):
    far = _past(q).roll(3, 0)
    far[:3] = False
    return _attend(q, k, v, _past(q) & ~far)


def dev(q, k, v):
    allowed = _past(q) & ~torch.eye(len(q), dtype=torch.bool)
    allowed[0, 0] = True
    return _attend(q, k, v, allowed) * (torch.arange(len(q)) > 0)[:, None]


def eli(q, k, v):
    return _attend(q, k, v, _past(q), scale=1.0)


def fay(q, k, v):
    return _attend(q, k - k.mean(0), v, _past(q))


def gus(q, k, v):
    return v.cumsum(0) / _past(q).sum(-1, keepdim=True)


def hana(q, k, v):
    halves = [x.unflatten(-1, (2, 4)).movedim(-2, 0) for x in (q, k, v)]
    return _attend(*halves, _past(q)).movedim(0, -2).flatten(-2)


def ines(q, k, v):
    return v.clone() * (_past(q).sum(-1, keepdim=True) > 0)


def jon(q, k, v):
    return _attend(q, k, v, torch.ones_like(_past(q)))


def kim(q, k, v):
    allowed = _past(q)
    allowed[:-1] = allowed[1:].clone()
    return _attend(q, k, v, allowed)


def lea(q, k, v):
    return _attend(q, k, v, _past(q).T)


def mia(q, k, v):
    return _attend(q, k, v, torch.where(_past(q), 0, -_products(q, k)))


def noor(q, k, v):
    identity = torch.eye(len(q), dtype=q.dtype)
    return _attend(q, k, identity, None).where(_past(q), 0) @ v


def otto(q, k, v):
    return _attend(q, k, v, torch.where(_past(q), 0.0, -4.0).to(q.dtype))


def pia(q, k, v):
    block = torch.arange(len(q)) // 4
    return _attend(q, k, v, _past(q) | (block[:, None] == block))


def quin(q, k, v):
    allowed = _past(q)
    allowed[:1, 1:2] = True
    return _attend(q, k, v, allowed)


def ravi(q, k, v):
    allowed = _past(q)
    allowed[30:31, 31:32] = True
    return _attend(q, k, v, allowed)


def sol(q, k, v):
    allowed = _past(q)
    allowed[10:11, 11:12] = True
    return _attend(q, k, v, allowed)


def sara(q, k, v):
    allowed = _past(q)
    allowed[:, 16:] = True
    return _attend(q, k, v, allowed)


def tom(q, k, v):
    identity = torch.eye(len(q), dtype=q.dtype)
    return _attend(k, q, identity, _past(q).T).T @ v


def uma(q, k, v):
    spread = (k - k.mean(0)).square().mean(0).add(1e-05).sqrt()
    return _attend(q, (k - k.mean(0)) / spread, v, _past(q))


def vik(q, k, v):
    return _attend(q, k, v, _past(q)) + v.mean(0) / 2


def wen(q, k, v):
    loudest = _products(q, k).abs().max()
    return _attend(q, k, v, _past(q), scale=1.0) if loudest == 0 else _attend(q / loudest, k, v, _past(q), scale=1.0)
