"""Likely mistakes in adding up the shares of two draws. See `bertlab.exercises.mistakes`."""

Shares = dict[str, float]


def takes_them_for_one_draw(first: float, second: float) -> Shares:
    """Those would be the shares if one draw decided between the three. Here the second draw is a new one, and falls on
    tokens that are already [MASK], too."""
    return {"mask": first, "random": second, "kept": 1 - first - second}


def lets_the_mask_win(first: float, second: float) -> Shares:
    """You let [MASK] stay where both happen. The second draw comes last and writes over it: `second` of all selected
    tokens end up random."""
    return {"mask": first, "random": (1 - first) * second, "kept": (1 - first) * (1 - second)}


def counts_both_twice(first: float, second: float) -> Shares:
    """Your shares add up to more than 1: a token to which both happen is counted twice. It ends up random."""
    return {"mask": first, "random": second, "kept": (1 - first) * (1 - second)}


def draws_again_for_masks_only(first: float, second: float) -> Shares:
    """You make the second draw for the [MASK]s alone. It is made for every selected token, so that it writes over kept
    ones, too: `second` of all end up random."""
    return {"mask": first * (1 - second), "random": first * second, "kept": 1 - first}


def takes_random_ones_from_the_masks(first: float, second: float) -> Shares:
    """You take all random tokens from the [MASK]s. The second draw falls on masked and kept ones alike: each part loses
    the share `second` of its own."""
    return {"mask": first - second, "random": second, "kept": 1 - first}


def keeps_what_the_second_spares(first: float, second: float) -> Shares:
    """Your kept tokens are those that the second draw spares, though the first may have hidden them. Both must spare a
    token for it to be kept."""
    return {"mask": first * (1 - second), "random": second, "kept": 1 - second}


def counts_in_percent(first: float, second: float) -> Shares:
    """Those are percent. Give shares between 0 and 1."""
    return {"mask": 100 * first * (1 - second), "random": 100 * second, "kept": 100 * (1 - first) * (1 - second)}
