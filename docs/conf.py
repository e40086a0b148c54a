"""How the pages are built: ``python -m sphinx -n -W docs docs/_build``. Nothing is asked of the network."""

import os
import sys
from pathlib import Path

import latex2mathml.converter

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE)]
os.environ.setdefault("HECON_KERNELS", "numpy")
os.environ["HECON_CONFIG"] = str(HERE / "_build" / "config")

import pages

import hecon

project = "hecon"
author = "The authors of hecon"
release = version = hecon.__version__
extensions = ["myst_nb"]
html_theme = "furo"
html_title = f"hecon {release}"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_copyright = False
html_copy_source = False
exclude_patterns = ["_build", "pictures"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
# Code in pages runs while they are built; a page whose code fails stops the build. Notebooks hold their outputs.
nb_execution_mode = "force"
nb_execution_excludepatterns = ["**/*.ipynb"]
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_merge_streams = True
html_math_renderer = "mathml"
pygments_style = "friendly"


def _formula(self, node):
    from docutils.nodes import SkipNode, math_block

    display = "block" if isinstance(node, math_block) else "inline"
    self.body.append(latex2mathml.converter.convert(node.astext(), display=display))
    raise SkipNode


def setup(app):
    """Write the pages that are made of declarations, and formulas as every browser reads them by itself."""
    app.add_html_math_renderer("mathml", inline_renderers=(_formula, None), block_renderers=(_formula, None))
    pages.write(HERE / "made")
