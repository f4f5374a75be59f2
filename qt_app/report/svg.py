"""A Matplotlib figure as an SVG element that can stand in a page, in several copies, and says nothing of a network."""
from __future__ import annotations

import re
from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

#: ``none``: letters stay letters. The salt makes names of parts, and so the bytes, the same each time.
_FORM: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "qt"}
_SILENT = {"Date": None, "Creator": None, "Format": None, "Type": None}
#: What only a file of its own needs, or would clash in a page with several charts: the description of its maker, a
#: style that reaches everything, names of parts that nothing refers to, sizes in points, fonts by name.
_ALONE = re.compile(r"<metadata>.*?</metadata>|<defs>\s*<style[^>]*>.*?</style>\s*</defs>|<!--.*?-->|"
                    r""" xmlns(:\w+)?="[^"]*"| version="1.1"| id="[\w.]+_\d+"|(?<=\d)pt(?=")|"""
                    r" font-family: [^;]*;| transform=\"rotate\(-0 [^)]*\)\"", re.DOTALL)


def inline(figure: Figure) -> str:
    """The element, one CSS pixel to a point of the figure, with letters in the page's own font."""
    written = StringIO()
    for part in figure.findobj():
        part.set_clip_on(False)     # a clip would be a part with a name, and nothing is drawn outside its plane
    with mpl.rc_context(_FORM):
        figure.savefig(written, format="svg", transparent=True, metadata=_SILENT)
    text = written.getvalue()
    element = _ALONE.sub("", text[text.index("<svg"):]).replace("xlink:href", "href").strip()
    return element.replace("<svg ", '<svg role="img" ', 1)
