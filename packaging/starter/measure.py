"""Measures the finished model, loaded by open_clip from the directory that ships."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch
from open_clip import get_tokenizer
from PIL import Image
from torch.nn.functional import normalize

import phrases
from corpus import dictionary
from export import SHIPPED_SIZE, load
from metrics import class_embeddings, recall, zero_shot
from photos import batches, photo_sets, read_captions
from textbank import TextBank, describe

if TYPE_CHECKING:
    from open_clip.model import CLIP

    from photos import PhotoSet

# Pictures that come with scikit-image, and words that should find one of them first.
PICTURES: Final = (
    "astronaut.png", "brick.png", "camera.png", "cell.png", "chelsea.png", "clock_motion.png",
    "coffee.png", "coins.png", "grass.png", "gravel.png", "hubble_deep_field.jpg", "ihc.png",
    "moon.png", "motorcycle_left.png", "page.png", "retina.jpg", "rocket.jpg", "text.png",
)  # fmt: skip
WORDS: Final = {
    "a cat": "chelsea.png",
    "a cup of coffee": "coffee.png",
    "an astronaut": "astronaut.png",
    "a rocket": "rocket.jpg",
    "a man with a camera": "camera.png",
    "a motorcycle": "motorcycle_left.png",
    "coins": "coins.png",
    "a brick wall": "brick.png",
    "the moon": "moon.png",
    "galaxies in space": "hubble_deep_field.jpg",
    "grass": "grass.png",
    "gravel": "gravel.png",
    "a page of text": "page.png",
    "a clock": "clock_motion.png",
}
# Everyday things that no training caption names.
UNSEEN: Final = phrases.split(
    "avocado, broccoli, cauliflower, zucchini, eggplant, spinach, lettuce, cucumber, garlic, "
    "walnut, almond, raspberry, blueberry, pineapple, mango, grapefruit, kiwi, croissant, "
    "baguette, pretzel, muffin, omelette, lasagna, risotto, dumpling, burrito, taco, kebab, "
    "curry, oatmeal, yogurt, honey, espresso, cappuccino, champagne, whiskey, toaster, kettle, "
    "saucepan, spatula, whisk, corkscrew, thermometer, dishwasher, microwave, vacuum, doorknob, "
    "duvet, wardrobe, cradle, screwdriver, wrench, pliers, chisel, thimble, scissors, stapler, "
    "calculator, envelope, eraser, crayon, typewriter, printer, microscope, trombone, clarinet, "
    "harp, xylophone, submarine, zeppelin, freighter, catamaran, hedgehog, porcupine, otter, "
    "badger, raccoon, skunk, hamster, gerbil, canary, woodpecker, hummingbird, vulture, ostrich, "
    "octopus, jellyfish, scorpion, ladybug, grasshopper, moth, earthworm, salamander, gecko, "
    "hippopotamus, rhinoceros, panther, walrus, orchid, daffodil"
)
# A noun is known when so many training captions hold it.
_KNOWN_FROM: Final = 20


def measure(out: Path, data: Path, exact: CLIP) -> dict[str, Any]:
    """All figures of the model in `out`.

    Args:
        out: The directory that ships.
        data: Folder of the data.
        exact: The float32 model from which `out` was written, to compare with.
    """
    model, preprocess = load(out)
    sets = {photos.name: photos for photos in photo_sets(data) if not photos.trained}
    bank = TextBank()
    described = {name: describe(photos, bank) for name, photos in sets.items()}
    texts = encode_texts(model, out, list(bank.rows))
    images = {name: encode_photos(model, photos) for name, photos in sets.items()}
    dev = described["flickr-dev"].texts
    rows = torch.tensor([row for some in dev for row in some])
    owners = torch.tensor([photo for photo, some in enumerate(dev) for _ in some])
    figures: dict[str, Any] = {"dev": recall(images["flickr-dev"], texts[rows], owners)}
    for name in ("caltech-held", "clothing-held"):
        classes = class_embeddings(texts, described[name].names)
        figures[name] = zero_shot(images[name], classes, described[name].marks)
    figures["cosine_to_float32"] = {
        "images": _least(images["flickr-dev"], encode_photos(exact, sets["flickr-dev"])),
        "texts": _least(texts, encode_texts(exact, out, list(bank.rows))),
    }
    figures["pictures"] = find_pictures(model, preprocess, out)
    figures["unseen_nouns"] = neighbours(model, out, data)
    return figures


@torch.inference_mode()
def encode_texts(model: CLIP, out: Path, texts: list[str]) -> torch.Tensor:
    """Embeds texts with open_clip's own code; `(N, D)` float32, L2-normalised."""
    tokenizer = get_tokenizer(f"local-dir:{out.resolve()}")
    parts = [tokenizer(texts[i : i + 512]) for i in range(0, len(texts), 512)]
    return torch.cat([model.encode_text(part, normalize=True) for part in parts])


@torch.inference_mode()
def encode_photos(model: CLIP, photos: PhotoSet) -> torch.Tensor:
    """Embeds whole photos; `(N, D)` float32, L2-normalised."""
    parts = [
        model.encode_image(batch, normalize=True) for batch in batches(photos, size=SHIPPED_SIZE)
    ]
    return torch.cat(parts)


@torch.inference_mode()
def find_pictures(model: CLIP, preprocess: Any, out: Path) -> dict[str, Any]:
    """Looks for scikit-image's bundled pictures by words; empty when it is not installed.

    Returns:
        By query: the rank of the right picture, and its lead over the best of the others.
    """
    spec = importlib.util.find_spec("skimage")
    if spec is None or spec.origin is None:
        return {}
    folder = Path(spec.origin).parent / "data"
    pictures = [preprocess(Image.open(folder / name).convert("RGB")) for name in PICTURES]
    images = normalize(model.encode_image(torch.stack(pictures)), dim=-1)
    scores = encode_texts(model, out, list(WORDS)) @ images.T
    found = {}
    for row, (query, name) in zip(scores, WORDS.items(), strict=True):
        own = row[PICTURES.index(name)]
        others = torch.cat([row[: PICTURES.index(name)], row[PICTURES.index(name) + 1 :]])
        rank = int((others > own).sum()) + 1
        found[query] = {"rank": rank, "lead": round(float(own - others.max()), 3)}
    return found


def neighbours(model: CLIP, out: Path, data: Path) -> dict[str, list[str]]:
    """`UNSEEN` nouns, each with the three nearest nouns of the training captions.

    Shows whether the text tower has a place for words that no caption explained.

    Raises:
        ValueError: A caption does hold one of them.
    """
    captions = read_captions(data / "captions" / "train.tar").values()
    counts = Counter(word for some in captions for text in some for word in _words(text))
    seen = [noun for noun in UNSEEN if counts[noun] or counts[phrases.plural(noun)]]
    if seen:
        raise ValueError(f"Training captions hold {', '.join(seen)}: take them off the list.")
    known = [noun for noun in dictionary()[2] if counts[noun] >= _KNOWN_FROM]
    scores = encode_texts(model, out, list(UNSEEN)) @ encode_texts(model, out, known).T
    nearest = scores.topk(3, dim=1).indices.tolist()
    return {noun: [known[i] for i in rows] for noun, rows in zip(UNSEEN, nearest, strict=True)}


def _words(text: str) -> list[str]:
    return re.findall("[a-z]+", text.lower())


def _least(one: torch.Tensor, other: torch.Tensor) -> float:
    """The least cosine between rows of two matrices of normalised embeddings."""
    return round(float((one * other).sum(-1).min()), 6)
