"""Groups of verbs, as their help lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click


class Verbs(click.Group):
    """Lists its verbs in the order they were added, each with the whole first sentence of its help.

    Click would cut these off at the edge of the screen.
    """

    def subjects(self) -> Mapping[str, Sequence[click.Command]]:
        """The verbs under the headings of the help."""
        return {"Commands": tuple(self.commands.values())}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every heading and its verbs, all in line."""
        width = max(map(len, self.commands))
        for subject, verbs in self.subjects().items():
            with formatter.section(subject):
                formatter.write_dl([(f"{v.name:{width}}", _first_sentence(v)) for v in verbs])


def _first_sentence(verb: click.Command) -> str:
    paragraph = (verb.help or "").split("\n\n")[0]
    return " ".join(paragraph.split()).removesuffix(".")
