"""Leaves out of a vision transformer what nobody reads: most of its last block.

Where the class token alone becomes the embedding, the other tokens are needed up to the last
attention, which the class token pays to them, and no further. The results are the same, with a
twelfth less work in a transformer of twelve blocks.
"""

from typing import Any

from open_clip.transformer import ResidualAttentionBlock, VisionTransformer
from torch import Tensor, nn
from torch.nn import functional


def can_shorten(model: nn.Module) -> bool:
    """Whether the image tower is one of open_clip's that reads its class token only."""
    tower: Any = getattr(model, "visual", None)
    if type(tower) is not VisionTransformer or tower.attn_pool is not None:
        return False
    reads_one = tower.pool_type == "tok" and not tower.output_tokens
    is_known = type(tower.transformer.resblocks[-1]) is ResidualAttentionBlock
    return reads_one and is_known and tower.transformer.batch_first


def shorten(model: Any) -> None:
    """Shorten a model for which `can_shorten`, in place; it can be trained no more."""
    blocks = model.visual.transformer.resblocks
    blocks[-1] = _ClassTokenBlock(blocks[-1])


class _ClassTokenBlock(nn.Module):
    """What open_clip's block makes of the first token: ``(N, L, W)`` → ``(N, 1, W)``."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        self.block = block

    def forward(self, x: Tensor, attn_mask: None = None) -> Tensor:
        block = self.block
        token = x[:, 0] + block.ls_1(self._attention(block.ln_1(x)))
        token = token + block.ls_2(block.mlp(block.ln_2(token)))
        first: Tensor = token[:, None]
        return first

    def _attention(self, x: Tensor) -> Tensor:
        """The class token's attention to all, ``(N, L, W)`` → ``(N, W)``.

        Not by `nn.MultiheadAttention`: of queries that are not the keys it makes a product a
        picture, for which it copies the weights each time.
        """
        attention = self.block.attn
        count, length, width = x.shape
        weight, bias, heads = attention.in_proj_weight, attention.in_proj_bias, attention.num_heads
        query = functional.linear(x[:, 0], weight[:width], bias[:width])
        query = query.view(count, 1, heads, -1).transpose(1, 2)
        others = functional.linear(x, weight[width:], bias[width:])
        key, value = others.view(count, length, 2, heads, -1).permute(2, 0, 3, 1, 4)
        met = functional.scaled_dot_product_attention(query, key, value)
        projected: Tensor = attention.out_proj(met.reshape(count, width))
        return projected
