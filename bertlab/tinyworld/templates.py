"""The sentences of the tiny world, each a line of text with slots: read these first, then the lexicon.

`animal[N]` is a slot: a word of the lexicon's entry `animal`, for a hidden value called N. Slots with the same letter
share it, so `the animal[N] rest[N] .` gives *the dog sleeps .* and *the dogs sleep .*, never *the dogs sleeps .*. A
slot with `[]` has no hidden value, one with `?` is there or not, and everything else stands for itself. The first
number of a template is how often it is drawn, in proportion to the others.
"""

from bertlab.tinyworld.grammar import Paraphrase, Template

SENTENCES = [
    # Agreement: beside its verb, across a relative clause, across a noun that attracts.
    Template(6, "det[N] adj[]? animal[N] rest[N] now[]? ."),
    Template(5, "det[N] adj[]? animal[N] that det[M] animal[M] chase[M] rest[N] now[]? ."),
    Template(4, "det[N] adj[]? animal[N] that chase[N] det[M] animal[M] be[N] state[] ."),
    Template(5, "det[N] trait[]? person[N] that det[M] trait[]? person[M] help[M] be[N] state[] ."),
    Template(5, "det[N] thing[N] near[] det[M] look[]? place[M] shine[N] now[]? ."),
    Template(4, "det[N] look[]? thing[N] near[] det[M] place[M] be[N] condition[] ."),
    # Who does what to whom.
    Template(5, "det[N] adj[]? animal[N] chased[] det[M] adj[]? animal[M] ."),
    Template(4, "det[N] animal[N] was[N] chased[] by det[M] animal[M] once[] ."),
    Template(4, "det[N] person[N] was[N] helped[] by det[M] trait[]? person[M] ."),
    Template(3, "det[N] animal[N] be[N] bigger[] than det[M] adj[]? animal[M] ."),
    Template(5, "det[N] trait[]? person[N] used[K] the object[K] once[] ."),
    Template(5, "name[G] used[K] the object[K] and det[N] person[N] used[L] the object[L] ."),
    # Facts, to be learned by heart.
    Template(4, "the capital of country[C] is capital[C] ."),
    Template(2, "capital[C] is the capital of country[C] ."),
    Template(3, "people in country[C] speak language[C] ."),
    Template(1, "capital_1[C] capital_2[C] is the capital of state_of[C] ."),
    # People.
    Template(4, "name[G] surname[] lives[] in capital[C] and speaks language[C] ."),
    Template(4, "name[G] surname[]? said[] that pronoun[G] was state[] once[] ."),
    Template(4, "name[G] surname[]? gave[] the gift[] to partner[G] once[]? ."),
    Template(3, "name[G] got[] the gift[] from partner[G] once[]? ."),
    Template(4, "name[G] lost his[G] gift[] near[] det[N] place[N] once[] ."),
    # Opinions: the verdict, its negation and its reason hang together.
    Template(3, "the meal[] was very[]? good[P] because[] it was taste[P] ."),
    Template(3, "the meal[] was not ungood[P] because[] it was very[]? taste[P] ."),
    Template(3, "the film[] was very[]? good[P] because[] it was plot[P] ."),
    Template(3, "the film[] was not ungood[P] because[] it was very[]? plot[P] ."),
    Template(3, "although the room[] was very[]? discomfort[P] it was good[P] ."),
    Template(3, "name[G] liked[P] the room[] because[] it was very[]? comfort[P] ."),
    Template(3, "name[G] did not unlike[P] the film[] because[] it was plot[P] ."),
]

DISCOURSES = [
    Template(4, "name[G] made the dish[D] once[] . [SEP] pronoun[G] step[D] it with article[] tool[D] .", "kitchen"),
    Template(4, "name[G] said[] the broth[] was very[] fault[F] . [SEP] pronoun[G] added some remedy[F] .", "kitchen"),
    Template(4, "det[N] look[]? thing[N] fell on the floor . [SEP] name[G] found them[N] damage[] .", "kitchen"),
    Template(4, "the adj[] livestock[A] was state[] once[] . [SEP] name[G] gave it some feed[A] .", "farm"),
    Template(4, "name[G] chased[] the adj[]? livestock[A] . [SEP] it noise[A] loudly[] once[]? .", "farm"),
    Template(3, "name[G] watched the weather[W] . [SEP] the fields were very[] ground[W] once[] .", "farm"),
    Template(4, "det[N] adj[]? animal[N] ran out of the barn . [SEP] name[G] chased[] them[N] once[] .", "farm"),
    Template(4, "name[G] surname[] lives[] in capital[C] . [SEP] pronoun[G] speaks language[C] .", "travel"),
    Template(4, "name[G] went[] to country[C] once[] . [SEP] pronoun[G] saw[] capital[C] once[]? .", "travel"),
    Template(4, "the look[] vehicle[V] was late once[] . [SEP] name[G] waited near[] the station[V] .", "travel"),
    Template(4, "the look[]? vehicle[V] was full . [SEP] the trait[] driver[V] helped[] name[G] once[]? .", "travel"),
    Template(4, "the pupil[] talked about subject[S] . [SEP] name[G] read[] about matter[S] once[] .", "school"),
    Template(4, "name[G] surname[] passed[R] the test[] . [SEP] pronoun[G] was very[] mood[R] once[] .", "school"),
    Template(3, "name[G] lost his[G] supply[] . [SEP] the trait[] teacher gave[] him[G] another .", "school"),
    Template(4, "det[N] pencil[N] was[N] on the desk . [SEP] name[G] gave[] them[N] to article[] pupil[] .", "school"),
]

PARAPHRASES = [
    Paraphrase(
        3,
        "the animal[N] chased[] the animal[M] .",
        same="the animal[M] was[M] chased[] by the animal[N] .",
        different="the animal[N] was[N] chased[] by the animal[M] .",
    ),
    Paraphrase(
        3,
        "the person[N] helped[] the person[M] .",
        same="the person[M] was[M] helped[] by the person[N] .",
        different="the person[N] was[N] helped[] by the person[M] .",
    ),
    Paraphrase(
        2,
        "name[G] gave the gift[] to partner[G] .",
        same="partner[G] got the gift[] from name[G] .",
        different="name[G] got the gift[] from partner[G] .",
    ),
    Paraphrase(
        2,
        "the thing[N] be[N] bigger than the thing[M] .",
        same="the thing[M] be[M] smaller than the thing[N] .",
        different="the thing[N] be[N] smaller than the thing[M] .",
    ),
]
"""Three sentences about the same words: a slot that is written the same way holds the same word in all three."""
