"""Takes out of a network what it needs only while it learns, before it is run.

Batch normalisation, and the parallel branches of reparameterisable networks (MobileCLIP, arXiv
2311.17049; RepVGG, 2101.03697), are linear once they no longer learn, and are folded into the
convolutions: the results are the same, with half the passes over memory. Transformers are
shortened.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn


def can_fold(model: "nn.Module") -> bool:
    """Whether there is anything to fold or to leave out."""
    from clipsearch.ml.shortening import can_shorten

    return bool(_pairs(model)) or can_shorten(model)


def fold(model: "nn.Module") -> None:
    """Fold a network in evaluation mode, in place.

    A normalisation is taken to normalise what the convolution listed before it makes, which its
    results have to bear out: `planning` compares them.
    """
    from timm.utils.model import reparameterize_model

    from clipsearch.ml.shortening import can_shorten, shorten

    reparameterize_model(model, inplace=True)
    for parent, name, conv, norm in _pairs(model):
        _fold(parent, name, conv, norm)
    if can_shorten(model):
        shorten(model)


def _pairs(model: "nn.Module") -> "list[tuple[nn.Module, str, Any, Any]]":
    """Neighbours: parent, name of the normalisation, convolution, normalisation."""
    from torch import nn

    return [
        (parent, name, conv, norm)
        for parent in model.modules()
        for (_, conv), (name, norm) in pairwise(parent.named_children())
        if type(conv) is nn.Conv2d and _is_foldable(norm) and conv.out_channels == norm.num_features
    ]


def _is_foldable(module: Any) -> bool:
    from timm.layers.norm_act import BatchNormAct2d
    from torch import nn

    known = type(module) in (nn.BatchNorm2d, BatchNormAct2d)
    return known and module.running_mean is not None


def _fold(parent: "nn.Module", name: str, conv: Any, norm: Any) -> None:
    from torch import nn
    from torch.nn.utils.fusion import fuse_conv_bn_weights

    conv.weight, conv.bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight,
        norm.bias,
    )  # fmt: skip
    # timm's own kind has the activation in it.
    left = nn.Sequential(norm.drop, norm.act) if hasattr(norm, "act") else nn.Identity()
    setattr(parent, name, left)
