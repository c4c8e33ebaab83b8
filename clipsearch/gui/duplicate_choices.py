"""What the user wants done with a group of duplicates: which photo is kept, and which ones go."""

from clipsearch.core.types import DuplicateGroup, Photo


class Choice:
    """A group, the photo of it that is kept, and those that are to go to the bin."""

    def __init__(self, group: DuplicateGroup) -> None:
        """Propose the group's best; of a burst, whose shots differ, nothing is to go."""
        self.group = group
        self._kept = 0
        self._going = set() if self._is_burst else set(range(1, len(group.photos)))

    @property
    def photos(self) -> tuple[Photo, ...]:
        """All photos, in the order in which they were found."""
        return self.group.photos

    @property
    def kept(self) -> int:
        """The place of the photo that is kept in any case."""
        return self._kept

    @property
    def keeper(self) -> Photo:
        """The photo that is kept in any case."""
        return self.photos[self._kept]

    @property
    def is_proposed(self) -> bool:
        """Whether the photo that is kept is the one that was proposed."""
        return self._kept == 0

    @property
    def going(self) -> list[Photo]:
        """The photos that are to go."""
        return [self.photos[place] for place in sorted(self._going)]

    def is_going(self, place: int) -> bool:
        """Whether a photo is to go."""
        return place in self._going

    def keep(self, place: int) -> None:
        """Keep another photo; the one before goes in its stead, unless it is a burst's."""
        if place != self._kept and not self._is_burst:
            self._going.add(self._kept)
        self._going.discard(place)
        self._kept = place

    def toggle(self, place: int) -> None:
        """Let a photo go, or stay; the one that is kept stays."""
        if place != self._kept:
            self._going ^= {place}

    def as_group(self) -> DuplicateGroup | None:
        """The keeper and what goes in favour of it; ``None`` if nothing does."""
        if not self._going:
            return None
        return DuplicateGroup(self.group.kind, (self.keeper, *self.going))

    @property
    def _is_burst(self) -> bool:
        return self.group.kind == "burst"


def renewed(old: list[Choice], groups: list[DuplicateGroup]) -> list[Choice]:
    """Choices for groups that were found anew; what was chosen for the same photos stays so."""
    known = {_paths(choice.group): choice for choice in old}
    return [known.get(_paths(group)) or Choice(group) for group in groups]


def _paths(group: DuplicateGroup) -> tuple[str, ...]:
    return tuple(str(photo.path) for photo in group.photos)
