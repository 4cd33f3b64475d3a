"""What goes wrong when a student learns from soft targets. See `bertlab.exercises.mistakes`."""

from torch import Tensor


def leaves_out_t_squared(student_logits: Tensor, teacher_logits: Tensor, temperature: float) -> Tensor:
    """Your divergence is right, but not multiplied by T². Its gradient fades with about 1/T², so that a high
    temperature would quietly take the soft targets their weight beside the other losses."""
    return _divergence(_log(student_logits / temperature), _log(teacher_logits / temperature))


def leaves_the_student_sharp(student_logits: Tensor, teacher_logits: Tensor, temperature: float) -> Tensor:
    """You soften the teacher and not the student: the temperature is missing in one of the two. The student would learn
    to be as soft, without a temperature, as its teacher is with one. Divide both by T."""
    return _divergence(_log(student_logits), _log(teacher_logits / temperature)) * temperature**2


def turns_the_divergence_round(student_logits: Tensor, teacher_logits: Tensor, temperature: float) -> Tensor:
    """That is KL(student ‖ teacher), weighted by the student's probabilities: a word that only the teacher finds likely
    hardly counts. The teacher weights: Σ p_teacher · (log p_teacher − log p_student). (`kl_div(a, b)` is KL(b ‖ a).)"""
    return _divergence(_log(teacher_logits / temperature), _log(student_logits / temperature)) * temperature**2


def takes_the_cross_entropy(student_logits: Tensor, teacher_logits: Tensor, temperature: float) -> Tensor:
    """That is the cross-entropy, the KL and the teacher's entropy in one. It trains the student alike, but a perfect
    student does not reach 0. The teacher weights log p_teacher − log p_student, not −log p_student."""
    log_student, log_teacher = _log(student_logits / temperature), _log(teacher_logits / temperature)
    return -(log_teacher.exp() * log_student).sum(-1).mean() * temperature**2


def divides_by_the_words_too(student_logits: Tensor, teacher_logits: Tensor, temperature: float) -> Tensor:
    """Your mean goes over all numbers, so that the loss shrinks with the size of the vocabulary. A divergence is a sum
    over the words; only over the rows is the mean taken. (With `kl_div` that is `reduction="batchmean"`.)"""
    log_student, log_teacher = _log(student_logits / temperature), _log(teacher_logits / temperature)
    return (log_teacher.exp() * (log_teacher - log_student)).mean() * temperature**2


def adds_up_the_rows(student_logits: Tensor, teacher_logits: Tensor, temperature: float) -> Tensor:
    """You add the rows up, so that twice as many tokens make the loss twice as large. Sum over the words, then take the
    mean over the rows."""
    log_student, log_teacher = _log(student_logits / temperature), _log(teacher_logits / temperature)
    return (log_teacher.exp() * (log_teacher - log_student)).sum() * temperature**2


def multiplies_the_logits(student_logits: Tensor, teacher_logits: Tensor, temperature: float) -> Tensor:
    """You multiply the logits by T, which sharpens: what is unlikely disappears, and with it what the teacher knows
    beyond the right answer. Divide, and a T above 1 makes probabilities more alike."""
    return _divergence(_log(student_logits * temperature), _log(teacher_logits * temperature)) * temperature**2


def takes_probabilities_for_logarithms(student_logits: Tensor, teacher_logits: Tensor, temperature: float) -> Tensor:
    """You subtract the student's probabilities where their logarithms belong. `kl_div` does so if it is given a softmax
    for its first argument: it wants a `log_softmax` there, and probabilities in the second."""
    student = (student_logits / temperature).softmax(-1)
    return _divergence(student, _log(teacher_logits / temperature)) * temperature**2


def _log(logits: Tensor) -> Tensor:
    return logits.log_softmax(-1)


def _divergence(log_student: Tensor, log_teacher: Tensor) -> Tensor:
    return (log_teacher.exp() * (log_teacher - log_student)).sum(-1).mean()
