"""How cells look, by name."""

from __future__ import annotations

from typing import Any

_THIN = {"border": 1, "border_color": "#BFBFBF"}
_INPUT = {"font_color": "#0000FF", "bg_color": "#FFFFCC", "locked": False, **_THIN}
_CALC = {"font_color": "#595959", "bg_color": "#EDEDED", **_THIN}

#: Cell styles by name; several names joined by a space are laid over each other ("money total").
STYLES: dict[str, dict[str, Any]] = {
    "plain": {},
    "title": {"bold": True, "font_size": 15, "font_color": "#1F3864"},
    "heading": {"bold": True, "font_size": 12, "font_color": "#1F3864"},
    "help": {"italic": True, "font_color": "#595959"},
    "header": {
        "bold": True,
        "font_color": "#FFFFFF",
        "bg_color": "#1F3864",
        "text_wrap": True,
        "valign": "vcenter",
        **_THIN,
    },
    "text": dict(_THIN),
    "wrap": {"text_wrap": True, **_THIN},
    "note": {"text_wrap": True, "font_color": "#404040", **_THIN},
    "paragraph": {"text_wrap": True},
    "label": {"bold": True, **_THIN},
    "band": {"bold": True, "text_wrap": True, "bg_color": "#D9E1F2", **_THIN},
    "input": dict(_INPUT),
    "input_text": {"num_format": "@", **_INPUT},
    "input_wrap": {"num_format": "@", "text_wrap": True, **_INPUT},
    "input_number": {"num_format": "General", "align": "right", "indent": 1, **_INPUT},
    "input_any": {"num_format": "General", "align": "left", "text_wrap": True, **_INPUT},
    "structural": {"font_color": "#44546A", "bg_color": "#D6DCE4", "num_format": "General", "text_wrap": True, **_THIN},
    "calc": dict(_CALC),
    "calc_wrap": {"text_wrap": True, **_CALC},
    "number": {"num_format": "#,##0.000", **_THIN},
    "general": {"num_format": "General", "align": "right", **_THIN},
    "whole": {"num_format": "#,##0", **_THIN},
    "money": {"num_format": "#,##0;[Red]-#,##0", **_THIN},
    "percent": {"num_format": "0.0%", **_THIN},
    "years": {"num_format": "0.00", **_THIN},
    "total": {"bold": True, "top": 2},
    "bold": {"bold": True},
    "right": {"align": "right"},
    "none": {"num_format": '"none"'},
    "assumed": {"bg_color": "#FCE4D6", "font_color": "#C65911"},
    "warning": {"bg_color": "#FCE4D6", "font_color": "#C00000", "bold": True},
    "good": {"bg_color": "#E2EFDA", "font_color": "#375623"},
}
