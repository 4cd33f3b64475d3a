"""What each recipe gave with each seed, as dots: whether two recipes are separated is seen at a glance."""

from statistics import fmean

from IPython.display import HTML

from bertlab.next_sentence_prediction.experiment import RECIPES, by_seed
from bertlab.views.figures import show, subplots


def by_recipe(metric: str) -> dict[str, list[float]]:
    """Return what was recorded of a metric for each recipe, seeds in order. Example: `by_recipe("gap, sentences")`."""
    found = by_seed(metric)
    return {name: found[name] for name in RECIPES}


def as_text(metric: str) -> str:
    """Say in words what the dots show: mean, lowest and highest of each recipe.

    Example: `as_text("gap, sentences")` begins with `"gap, sentences: MLM, whole pairs 0.16 (0.16 to 0.17); "`.
    """
    rows = [
        f"{name} {fmean(values):.2f} ({min(values):.2f} to {max(values):.2f})"
        for name, values in by_recipe(metric).items()
    ]
    return f"{metric}: {'; '.join(rows)}."


def draw_recipes(*metrics: str) -> HTML:
    """Draw a panel for each metric: a row for each recipe, a dot for each seed, a bar and a number for the mean.

    Example: `draw_recipes("gap, discourses", "gap, sentences")`
    """
    figure, panels = subplots(1, len(metrics), width=9, height=2.6, sharey=True, squeeze=False)
    for axes, metric in zip(panels[0], metrics, strict=True):
        rows = by_recipe(metric)
        for row, values in enumerate(rows.values()):
            axes.plot(values, [row] * len(values), linestyle="", marker="o", color="#006BA4", alpha=0.5)
            axes.plot(fmean(values), row, linestyle="", marker="|", markersize=18, color="#C85200")
            axes.annotate(
                f"{fmean(values):.2f}", (fmean(values), row), (0, 11), textcoords="offset points", ha="center"
            )
        axes.set(xlabel=metric, yticks=range(len(rows)), ylim=(len(rows) - 0.6, -0.9))
        axes.set_yticklabels(rows)
    return show(figure, f"A dot for each seed, a bar at the mean. {' '.join(map(as_text, metrics))}")
