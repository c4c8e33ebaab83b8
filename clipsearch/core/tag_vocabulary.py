"""`TagVocabulary`: the tags that photos can be given, and how they are related."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

GENERAL = "general"
"""The domain of tags that name none."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag as the vocabulary describes it."""

    name: str
    """Unique; letters are told apart by case nowhere."""
    parents: tuple[str, ...] = ()
    """Names of the tags, or headings, right above it."""
    synonyms: tuple[str, ...] = ()
    descriptors: tuple[str, ...] = ()
    """What can be seen of it: ``a long neck``."""
    context: str = ""
    """What a model is told instead of the name: ``crane, a bird``."""
    domain: str = ""
    """Of its prompt templates; its parent's where it is empty."""
    group: str = ""
    """A photo has one tag of a group at most."""
    is_heading: bool = False
    """Whether it only gathers others."""

    @property
    def phrase(self) -> str:
        """What a model is told."""
        return self.context or self.name


@dataclass(frozen=True)
class TagVocabulary:
    """Tags in the order in which they were written."""

    entries: tuple[Tag, ...]
    """Tags and headings."""

    @property
    def tags(self) -> tuple[Tag, ...]:
        """Without the headings."""
        return tuple(tag for tag in self.entries if not tag.is_heading)

    def __getitem__(self, name: str) -> Tag:
        """The tag or heading of this name; a `KeyError` if there is none."""
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is a tag or heading of this name."""
        return name in self._by_name

    @cached_property
    def _by_name(self) -> Mapping[str, Tag]:
        return {tag.name: tag for tag in self.entries}

    @cached_property
    def _above(self) -> Mapping[str, frozenset[str]]:
        above: dict[str, frozenset[str]] = {}

        def climb(name: str) -> frozenset[str]:
            if name not in above:
                parents = self._by_name[name].parents
                above[name] = frozenset(parents).union(*map(climb, parents))
            return above[name]

        for tag in self.entries:
            climb(tag.name)
        return above

    def implied(self, name: str) -> frozenset[str]:
        """The tags above a tag, headings left out: what a photo with it has too."""
        return frozenset(one for one in self._above[name] if not self._by_name[one].is_heading)

    def above(self, name: str) -> frozenset[str]:
        """The tags and headings above one."""
        return self._above[name]

    def implying(self, name: str) -> frozenset[str]:
        """The tags below a tag: what a photo without it has not either."""
        return frozenset(tag.name for tag in self.tags if name in self._above[tag.name])

    def with_names(self, names: Iterable[str]) -> "TagVocabulary":
        """This vocabulary and plain tags of some names, where it does not say them already."""
        said = {name.casefold() for tag in self.tags for name in (tag.name, *tag.synonyms)}
        headings = {tag.name.casefold() for tag in self.entries if tag.is_heading}
        new = {name.casefold(): name for name in names if name.casefold() not in said | headings}
        return TagVocabulary((*self.entries, *(Tag(name) for name in new.values())))

    def domain(self, name: str) -> str:
        """The domain of a tag's templates: its own, else that of its first parent that has one."""
        tag = self._by_name[name]
        if tag.domain:
            return tag.domain
        found = (self.domain(parent) for parent in tag.parents)
        return next((domain for domain in found if domain != GENERAL), GENERAL)
