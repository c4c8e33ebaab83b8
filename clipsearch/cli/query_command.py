"""A command whose arguments are a query, which may begin with a minus."""

import re
from typing import Any

from typer.core import TyperCommand

# No option looks like this: one minus, and somewhere a space, a colon, a quote or a bracket.
_QUERY = re.compile(r"-[^-].*[\s:\"(]|-[\"(]", re.DOTALL)


class QueryCommand(TyperCommand):
    """Takes ``'-leash dog'`` and ``-in:2012`` for words, not for options."""

    # Some versions of typer bring a click of their own: the type of the context has no one name.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put a space before them, which means nothing in a query."""
        return super().parse_args(ctx, [f" {a}" if _QUERY.match(a) else a for a in args])
