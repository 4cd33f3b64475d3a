"""The exercises of notebook 02: BERT from memory, the parameters of a layer, where attention's square catches up."""

from bertlab.exercises import mistakes
from bertlab.exercises.framework import Case, Exercise
from bertlab.inside_the_encoder import model
from bertlab.inside_the_encoder.mistakes import equal_cost as wrong_lengths
from bertlab.inside_the_encoder.mistakes import layer_parameters as wrong_counts
from bertlab.inside_the_encoder.mistakes import my_bert as wrong_models
from bertlab.inside_the_encoder.model_exercise import ModelExercise, small_config

my_bert = ModelExercise(
    id="inside_the_encoder.my_bert",
    title="BERT from memory",
    reference=model.BertForPreTraining,
    cases=[Case(small_config(24, heads=3, layers=2)), Case(small_config(20, heads=5, layers=3))],
    hints=[
        "Write it from below, and check after each part: what is missing is named, and what is there is compared. Begin"
        " with `self.bert`, a module that has `embeddings`; `forward` may return anything as long as you are not done.",
        "Print `list(model.state_dict())` of the real one: the names are the plan. A name with a dot is a module in a"
        " module, and `nn.ModuleDict` makes one in a line.",
        "Each layer: `attention.self` (query, key, value), `attention.output` (dense, LayerNorm), `intermediate.dense`,"
        " `output` (dense, LayerNorm). LayerNorm comes after the addition, GELU after `intermediate.dense`.",
        "The heads: `cls.predictions.transform` is dense, GELU, LayerNorm; then `cls.predictions.decoder`, whose weight"
        " is that of the word embeddings. `cls.seq_relationship` reads the tanh of `bert.pooler.dense` at [CLS].",
    ],
    mistakes=mistakes.of(wrong_models),
    seconds=30.0,
)


def count_layer(hidden_size: int, intermediate_size: int) -> dict[str, int]:
    """Count the two halves of one layer: m · n weights and n biases where m numbers become n, and a LayerNorm each.

    Example: `count_layer(2, 3)` is `{"attention": 28, "feed-forward": 21}`.
    """
    projection = hidden_size * hidden_size + hidden_size  # query, key, value, and what mixes the heads: 4 of them
    up = hidden_size * intermediate_size + intermediate_size
    down = intermediate_size * hidden_size + hidden_size
    layer_norm = 2 * hidden_size  # a scale and a shift
    return {"attention": 4 * projection + layer_norm, "feed-forward": up + down + layer_norm}


layer_parameters = Exercise(
    id="inside_the_encoder.layer_parameters",
    title="How many numbers are in a layer?",
    reference=count_layer,
    cases=[Case(2, 3), Case(10, 40), Case(32, 37), Case(768, 3072)],
    hints=[
        "A linear layer from m numbers to n has m · n weights and n biases. How many linear layers does attention have,"
        " how many the feed-forward network, and between which widths?",
        "Attention: query, key, value, and one that mixes the heads' results, each from hidden_size to hidden_size. The"
        " number of heads changes nothing. Feed-forward: one up to intermediate_size and one back.",
        "Both end in a LayerNorm, with a scale and a shift for each of the hidden_size numbers.",
    ],
    mistakes=mistakes.of(wrong_counts),
)


def equal_cost_length(hidden_size: int, intermediate_size: int) -> int:
    """Solve 4·T·h = 8·h² + 4·h·f for T: attention's two products against the six linear layers, per token and layer.

    Example: `equal_cost_length(768, 3072)` is `4608`.
    """
    return 2 * hidden_size + intermediate_size


equal_cost = Exercise(
    id="inside_the_encoder.equal_cost",
    title="Where the square catches up",
    reference=equal_cost_length,
    cases=[Case(10, 7), Case(32, 100), Case(384, 1536), Case(768, 3072)],
    hints=[
        "Write down the FLOPs of one token in one layer: on the left those that do not depend on T, on the right"
        " those that do.",
        "Left: four matrices of h × h, and two of h × f, at two operations for each number. Right: T scores of h"
        " products, and T values of h numbers to add up.",
        "8 · h² + 4 · h · f = 4 · T · h. Divide by 4 · h.",
    ],
    mistakes=mistakes.of(wrong_lengths),
)
