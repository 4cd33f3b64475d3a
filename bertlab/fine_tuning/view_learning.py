"""What was recorded of the reviews: accuracy against the number of labels, and against what is trained."""

from statistics import fmean

from IPython.display import HTML

from bertlab.fine_tuning.experiment import ALL, CHEAPER, METHODS, NO_TRAINING, SIZES, results
from bertlab.views.figures import show, subplots

MARKERS = ("o", "D", "s", "^", "P", "v")
COLORS = ("#006BA4", "#5F9ED1", "#595959", "#C85200", "#A2582B", "#FF800E")


def learning_curves(metric: str = "accuracy") -> dict[str, list[list[float]]]:
    """Return for each method, for each number of labels, what each seed gave.

    Example: `learning_curves()["TF-IDF"][-1]` are the five accuracies with all training reviews.

    ValueError if they were not measured on the embedded weights as they are now.
    """
    found = results.of_embedded().by_seed(metric)
    return {name: [found[f"{name}, {size}"] for size in SIZES] for name in (*METHODS, *NO_TRAINING)}


def draw_learning_curves() -> HTML:
    """Draw a line through the means of each method, and a dot for each seed. Example: `draw_learning_curves()`"""
    figure, axes = subplots(width=8, height=4)
    words = []
    for (name, rows), marker, color in zip(learning_curves().items(), MARKERS, COLORS, strict=True):
        means = [fmean(row) for row in rows]
        axes.plot(SIZES, means, color=color, marker=marker, label=name)
        for size, row in zip(SIZES, rows, strict=True):
            axes.plot([size] * len(row), row, color=color, marker=marker, linestyle="", alpha=0.3, markersize=4)
        words.append(f"{name} {', '.join(f'{mean:.0%}' for mean in means)}")
    axes.axhline(0.5, color="#ABABAB", linestyle=":")
    axes.set(xscale="log", xlabel="labeled reviews (log scale)", ylabel="accuracy on the test reviews")
    axes.set_xticks(SIZES, [str(size) for size in SIZES])
    axes.minorticks_off()
    axes.legend(loc="upper left")
    return show(figure, f"Mean accuracy with {', '.join(map(str, SIZES))} labels: {'; '.join(words)}.")


def savings() -> dict[str, tuple[float, float, list[float]]]:
    """Return for each way to train less: trained parameters, mean seconds, and the accuracy of each seed.

    Example: `savings()["LoRA, rank 8"][0]` is the number of parameters that it trains.
    """
    current = results.of_embedded()
    accuracy, seconds, parameters = map(current.by_seed, ("accuracy", "training seconds", "trained parameters"))
    rows = {name: f"{name}, {ALL}" for name in ("fine-tuned", *CHEAPER)}
    return {name: (parameters[row][0], fmean(seconds[row]), accuracy[row]) for name, row in rows.items()}


def draw_savings() -> HTML:
    """Draw accuracy against trained parameters, a dot for each seed. Example: `draw_savings()`"""
    figure, axes = subplots(width=8, height=4)
    words = []
    for (name, (parameters, seconds, found)), marker in zip(savings().items(), "oDsPv^X", strict=True):
        axes.plot([parameters] * len(found), found, color="#006BA4", marker=marker, linestyle="", alpha=0.35)
        axes.plot(parameters, fmean(found), color="#C85200", marker=marker, linestyle="", markersize=8)
        axes.annotate(f"{name}, {seconds:.0f} s", (parameters, fmean(found)), (8, -3), textcoords="offset points")
        words.append(f"{name}: {parameters:,.0f} parameters, {seconds:.0f} s, {fmean(found):.0%}")
    axes.set(xscale="log", xlabel="trained parameters (log scale)", ylabel="accuracy on the test reviews")
    axes.margins(x=0.2)
    return show(figure, f"Accuracy against trained parameters, means of the seeds. {'; '.join(words)}.")
