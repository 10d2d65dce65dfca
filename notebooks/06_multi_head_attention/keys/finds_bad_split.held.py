import torch


def taken(x, n_heads, where):
    n, d_head = x.shape[-2], x.shape[-1] // n_heads
    head, i, c = torch.meshgrid(torch.arange(n_heads), torch.arange(n), torch.arange(d_head), indexing="ij")
    row, column = where(head, i, c, n_heads, n, d_head)
    return x[..., row, column]


def split_a(x, n_heads):
    return taken(x, n_heads, lambda head, i, c, n_heads, n, d_head: (i, head * d_head + c))


def split_b(x, n_heads):
    return split_a(x, n_heads).transpose(-1, -2).contiguous().transpose(-1, -2)


def split_c(x, n_heads):
    def where(head, i, c, n_heads, n, d_head):
        place = (head * n + i) * d_head + c
        return place // (n_heads * d_head), place % (n_heads * d_head)

    return taken(x, n_heads, where)


def split_d(x, n_heads):
    return taken(x, n_heads, lambda head, i, c, n_heads, n, d_head: (i, c * n_heads + head))


def split_e(x, n_heads):
    return taken(x, n_heads, lambda head, i, c, n_heads, n, d_head: (i, (n_heads - 1 - head) * d_head + c))


def split_f(x, n_heads):
    return taken(x, n_heads, lambda head, i, c, n_heads, n, d_head: (i, c))


def split_g(x, n_heads):
    heads = split_a(x, n_heads)
    return heads.movedim(-3, 0).reshape(heads.shape)


def split_h(x, n_heads):
    return split_a(x, n_heads).transpose(-3, -2)


def split_i(x, n_heads):
    return split_a(x, x.shape[-1] // n_heads)


def split_j(x, n_heads):
    return split_a(x, 2)


def split_k(x, n_heads):
    return taken(x, n_heads, lambda head, i, c, n_heads, n, d_head: (i, head.clamp(max=max(n_heads - 2, 0)) * d_head + c))


def split_l(x, n_heads):
    def where(head, i, c, n_heads, n, d_head):
        place = (head * n + i) * d_head + c
        return place % n, place // n

    return taken(x, n_heads, where)


def split_m(x, n_heads):
    return taken(x, n_heads, lambda head, i, c, n_heads, n, d_head: (i, head.clamp(min=min(n_heads - 1, 1)) * d_head + c))


def split_n(x, n_heads):
    return split_a(x, x.shape[-1] if n_heads > 1 else 1)


def split_o(x, n_heads):
    *lead, i, c = x.stride()
    shape = (*x.shape[:-2], n_heads, x.shape[-2], x.shape[-1] // n_heads)
    return x.as_strided(shape, (*lead, x.shape[-1] // n_heads * c, i, c))


def split_p(x, n_heads):
    return split_a(x, n_heads).transpose(-3, -2).transpose(1, 2)


def split_q(x, n_heads):
    heads = split_a(x, n_heads)
    return heads.reshape(*x.shape[:-2], x.shape[-2], n_heads, heads.shape[-1])


def split_r(x, n_heads):
    heads = split_a(x, n_heads)
    return heads.reshape(*heads.shape[:-2], heads.shape[-1], x.shape[-2])


def split_s(x, n_heads):
    def where(head, i, c, n_heads, n, d_head):
        return i, torch.where(i == 0, head, n_heads - 1 - head) * d_head + c

    return taken(x, n_heads, where)


def split_t(x, n_heads):
    return taken(x, n_heads, lambda head, i, c, n_heads, n, d_head: (i.clamp(min=min(n - 1, 1)), head * d_head + c))


def split_u(x, n_heads):
    heads = split_a(x, n_heads)
    return heads[:1].expand_as(heads) if x.ndim > 2 else heads


def split_v(x, n_heads):
    heads = split_a(x, n_heads)
    return heads[-1:].expand_as(heads) if x.ndim > 2 else heads


def split_w(x, n_heads):
    return split_a(x, n_heads).flip(-2)


def split_x(x, n_heads):
    return split_a(x, n_heads)[None]
