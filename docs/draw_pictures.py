"""The two pictures of the README, drawn by hecon: ``python docs/draw_pictures.py`` from the root of the repository."""

from pathlib import Path

import hecon as he

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Draw both from the shipped workbook."""
    inputs = he.read_workbook(ROOT / "inputs" / "isa_dara_pd_us.xlsx", models=ROOT / "models")
    base = he.run(inputs.base_case())
    drawn = {
        "survival": he.report.survival_figure(base),
        "tornado": he.report.tornado_figure(he.one_way(inputs, horizon=3)),
    }
    for name, figure in drawn.items():
        figure.savefig(ROOT / "docs" / "pictures" / f"{name}.png", dpi=90)


if __name__ == "__main__":
    main()
