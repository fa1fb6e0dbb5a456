"""Made-up full texts in JATS, as an archive of journals sends them."""

from __future__ import annotations

from html import escape

from tests.standins.world import Seen

CC_BY = "https://creativecommons.org/licenses/by/4.0/"
LICENCE = (
    f'<license license-type="open-access" xlink:href="{CC_BY}">'
    "<license-p>Anyone may share this, naming us.</license-p></license>"
)


def make_jats(record: Seen, *, licence: str = LICENCE, body: str | None = None) -> str:
    """The full text of a record of the world; what it cites has ids of its own."""
    if body is None:
        body = (
            "<body><sec><title>Results</title><p>Training <italic>helped</italic> the peer "
            f"workers of {record['title'].split(':')[0].lower()}; low pay did not.</p></sec></body>"
        )
    names = {"pmid": record["pmid"], "pmc": record["pmcid"][3:], "doi": record["doi"]}
    ids = "".join(
        f'<article-id pub-id-type="{kind}">{escape(name)}</article-id>'
        for kind, name in names.items()
        if name
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange '
        'DTD v1.2 20190208//EN" "JATS-archivearticle1.dtd">\n'
        '<article xmlns:xlink="http://www.w3.org/1999/xlink" '
        'xmlns:ali="http://www.niso.org/schemas/ali/1.0/" article-type="research-article">'
        "<front><journal-meta><journal-id>invented</journal-id></journal-meta>"
        f"<article-meta>{ids}<permissions>{licence}</permissions></article-meta></front>{body}"
        "<back><ref-list><ref><element-citation>"
        '<article-id pub-id-type="pmid">1</article-id><pub-id pub-id-type="doi">10.5555/cited'
        "</pub-id></element-citation></ref></ref-list></back></article>\n"
    )
