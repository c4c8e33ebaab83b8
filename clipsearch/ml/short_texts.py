"""Embeds texts without the positions that none of them fills.

CLIP's text towers are causal: a token sees those before it alone, and the one at the text's end
becomes the embedding (arXiv 2103.00020, section 2.4). So the padding behind it changes nothing, and
a query of four words needs a tenth of the work of the whole context.
"""

from typing import Any

import torch
from open_clip.model import CLIP
from open_clip.transformer import TextTransformer, text_global_pool
from torch import Tensor, nn


def encode_text(model: Any, tokens: Tensor) -> Tensor:
    """Embed texts as open_clip's ``encode_text`` does.

    Args:
        model: Any of open_clip's; what is no causal text tower gets all positions.
        tokens: ``(N, context length) int64``.

    Returns:
        ``(N, D)``, not normalised.
    """
    tower: Any = model if type(model) is CLIP else getattr(model, "text", None)
    if not _reads_up_to_the_end(tower):
        embedded: Tensor = model.encode_text(tokens)
        return embedded
    pool, end = _pooling(tower)
    marks = tokens if pool == "argmax" else torch.eq(tokens, -1 if end is None else end).int()
    return _encode(tower, tokens[:, : int(marks.argmax(dim=-1).max()) + 1])


def _reads_up_to_the_end(tower: Any) -> bool:
    """Whether it is known to read nothing behind a text's end."""
    is_known = type(tower) is CLIP or (
        type(tower) is TextTransformer and tower.cls_emb is None and not tower.output_tokens
    )
    return is_known and tower.attn_mask is not None and _pooling(tower)[0] in ("argmax", "eos")


def _pooling(tower: Any) -> tuple[str, int | None]:
    """Which token becomes the embedding, and the number of a text's end if that tells it."""
    if type(tower) is CLIP:
        return tower.text_pool_type, getattr(tower, "text_eos_id", None)
    return tower.pool_type, tower.eos_id


def _encode(tower: Any, tokens: Tensor) -> Tensor:
    """What open_clip's towers do, with as many positions as there are tokens."""
    length = tokens.shape[1]
    dtype = tower.transformer.get_cast_dtype()
    x = tower.token_embedding(tokens).to(dtype) + tower.positional_embedding[:length].to(dtype)
    x = tower.ln_final(tower.transformer(x, attn_mask=tower.attn_mask[:length, :length]))
    pool, end = _pooling(tower)
    pooled: Tensor = text_global_pool(x, tokens, pool, end)
    projection = tower.text_projection
    if projection is None:
        return pooled
    projected: Tensor = (
        projection(pooled) if isinstance(projection, nn.Linear) else pooled @ projection
    )
    return projected
