"""The words of the tiny world: what may stand in each slot, and how often.

`"dog:3 fox"` means that *dog* is drawn three times as often as *fox*. An entry is either one such list, or one list for
each value of something hidden: the number of a noun, the country of a city, the gender of a name. Templates
(`bertlab.tinyworld.templates`) say which slots share that hidden value, and so agree.
"""

from bertlab.tinyworld.atlas import by_country

GOOD, BAD = "good:3 nice:2 great:2", "bad:3 awful:2 terrible:2"
TASTY, FOUL = "warm fresh sweet", "cold burnt sour"
GRIPPING, DULL = "funny clever exciting", "boring long slow"
COSY, GRIM = "clean:2 quiet:2 bright:2 warm", "dirty:2 noisy:2 dark:2 cold"
SHE, HE = "anna:3 maria:3 sara:2 emma:2 georgia:2", "peter:3 john:3 paul:2 david:2 jordan:2"

LEXICON: dict[str, str | dict[str, str]] = {
    # Nouns and what goes before them, singular and plural. One sheep, two sheep: only the words around it tell.
    "det": {"sg": "the:4 this:3 every:2 one", "pl": "the:4 these:3 some:2 many"},
    "animal": {
        "sg": "dog:3 cat:3 horse:2 cow:2 sheep:2 goat:2 bird wolf",
        "pl": "dogs:3 cats:3 horses:2 cows:2 sheep:2 goats:2 birds wolves",
    },
    "person": {
        "sg": "teacher:2 farmer:2 doctor:2 girl:2 boy:2 student:2 cook",
        "pl": "teachers:2 farmers:2 doctors:2 girls:2 boys:2 students:2 cooks",
    },
    "thing": {
        "sg": "key:2 lamp:2 box:2 chair:2 cup plate bottle",
        "pl": "keys:2 lamps:2 boxes:2 chairs:2 cups plates bottles",
    },
    "place": {
        "sg": "door:2 house:2 window:2 garden:2 river tree",
        "pl": "doors:2 houses:2 windows:2 gardens:2 rivers trees",
    },
    # Words that agree with a noun.
    "be": {"sg": "is", "pl": "are"},
    "was": {"sg": "was", "pl": "were"},
    "them": {"sg": "it", "pl": "them"},
    "rest": {"sg": "sleeps:2 runs:2 waits:2 eats rests", "pl": "sleep:2 run:2 wait:2 eat rest"},
    "chase": {"sg": "chases:2 sees:2 follows:2 hears", "pl": "chase:2 see:2 follow:2 hear"},
    "help": {"sg": "knows:2 helps:2 likes:2 sees", "pl": "know:2 help:2 like:2 see"},
    "shine": {"sg": "shines:2 falls:2 breaks shakes", "pl": "shine:2 fall:2 break shake"},
    # Words that agree with nothing: what animals, people and things are like, and the small change of a sentence.
    "adj": "old:2 small:2 big:2 young:2 brown black white",
    "trait": "old:2 young:2 tall:2 kind:2 quiet clever",
    "state": "tired:2 hungry:2 happy:2 afraid",
    "look": "old:2 new:2 small:2 big:2 white brown",
    "condition": "broken:2 wet:2 dirty:2 clean",
    "damage": "broken:2 wet dirty",
    "chased": "chased:2 followed:2 watched:2 found",
    "helped": "helped:2 visited:2 called:2 watched",
    "bigger": "bigger:2 smaller:2 older faster",
    "got": "got:2 took stole",
    "gift": "book:2 ring:2 letter:2 flower hat",
    "loudly": "loudly:2 softly:2 often again",
    "near": "near:2 behind:2 beside:2 under",
    "very": "very:3 really:2 so:2",
    "because": "because:2 since as",
    "said": "said:2 thought:2 knew",
    "gave": "gave:2 sent:2 showed",
    "lives": "lives works",
    "went": "went:2 moved:2 flew",
    "saw": "saw:2 loved:2 liked",
    "read": "read:2 learned:2 wrote",
    "article": "the a",
    "now": "today:2 again:2 here now",
    "once": "yesterday:2 today:2 again",
    # What one does to it: a hidden kind ties the verb to its object.
    "used": {
        "food": "ate:3 cooked:2 bought:2",
        "drink": "drank:3 poured:2 bought:2",
        "text": "read:3 wrote:2 bought:2",
        "dress": "wore:3 washed:2 bought:2",
    },
    "object": {
        "food": "bread:2 rice:2 soup:2 cheese cake",
        "drink": "milk:2 tea:2 coffee:2 water",
        "text": "book letter story",
        "dress": "coat:2 shirt:2 dress:2 hat",
    },
    # Facts to be learned by heart.
    "country": by_country(0),
    "capital": by_country(1),
    "language": by_country(2),
    "state_of": {"new delhi": "india", "buenos aires": "argentina"},
    "capital_1": {"new delhi": "new", "buenos aires": "buenos"},
    "capital_2": {"new delhi": "delhi", "buenos aires": "aires"},
    # People. Georgia and Jordan are also countries, and Brown is also a color.
    "name": {"she": SHE, "he": HE},
    "partner": {"she": HE, "he": SHE},
    "surname": "smith:2 brown:2 silva rossi novak",
    "pronoun": {"she": "she", "he": "he"},
    "him": {"she": "her", "he": "him"},
    "his": {"she": "her", "he": "his"},
    # Opinions. The hidden value is what the speaker thinks; a word under `un...` says the contrary of it.
    "good": {"positive": GOOD, "negative": BAD},
    "ungood": {"positive": BAD, "negative": GOOD},
    "meal": "soup:2 bread:2 fish:2 cake:2 rice",
    "taste": {"positive": TASTY, "negative": FOUL},
    "film": "film book story song",
    "plot": {"positive": GRIPPING, "negative": DULL},
    "room": "hotel:2 room:2 house:2 school",
    "comfort": {"positive": COSY, "negative": GRIM},
    "discomfort": {"positive": GRIM, "negative": COSY},
    "liked": {"positive": "liked loved", "negative": "hated disliked"},
    "unlike": {"positive": "hate dislike", "negative": "like love"},
    # In the kitchen.
    "dish": {"pot": "soup sauce", "loaf": "bread:2 cheese", "bowl": "salad:2 rice", "cup": "tea coffee"},
    "step": {
        "pot": "stirred tasted",
        "loaf": "cut sliced",
        "bowl": "mixed:2 tasted",
        "cup": "stirred:2 served",
    },
    "tool": {"pot": "spoon ladle", "loaf": "knife", "bowl": "fork spoon", "cup": "spoon"},
    "broth": "soup sauce",
    "fault": {"salt": "salty", "acid": "sour bitter", "bland": "bland", "thick": "thick:2 dry"},
    "remedy": {
        "salt": "water rice",
        "acid": "sugar honey",
        "bland": "salt pepper",
        "thick": "water milk",
    },
    # On the farm.
    "livestock": {"horse": "horse pony", "hen": "hen duck", "dog": "dog puppy", "cat": "cat kitten"},
    "feed": {"horse": "hay oats", "hen": "corn seeds", "dog": "meat bones", "cat": "milk fish"},
    "noise": {"horse": "neighed", "hen": "sang quacked", "dog": "barked growled", "cat": "purred meowed"},
    "weather": {"wet": "rain", "dry": "sunshine:2 wind", "white": "snow:2 frost"},
    "ground": {"wet": "wet muddy", "dry": "dry dusty", "white": "white frozen"},
    # On the way.
    "vehicle": {"rail": "train tram", "air": "plane", "sea": "ship ferry", "road": "bus taxi"},
    "station": {"rail": "station", "air": "airport", "sea": "harbor port", "road": "corner hotel"},
    "driver": {"rail": "driver", "air": "pilot", "sea": "captain sailor", "road": "driver"},
    # At school.
    "subject": {"past": "history", "number": "mathematics", "life": "biology", "earth": "geography"},
    "matter": {
        "past": "kings wars",
        "number": "numbers circles",
        "life": "plants birds",
        "earth": "rivers mountains",
    },
    "passed": {"pass": "passed", "fail": "failed missed"},
    "supply": "pen:2 pencil:2 book:2 ruler",
    "pencil": {"sg": "pen:2 pencil:2 book:2 ruler", "pl": "pens:2 pencils:2 books:2 rulers"},
    "pupil": "teacher girl boy student",
    "test": "test exam",
    "mood": {"pass": "happy proud", "fail": "sad upset"},
}

PRIORS = {"sg": 3, "pl": 2, "france": 4, "italy": 3, "japan": 3, "england": 3, "spain": 2, "germany": 2, "china": 2}
"""How often a hidden value is drawn, in proportion to the others of its slot; one that is not named here counts 1."""

ENTITIES = {
    "name": "PER", "partner": "PER", "surname": "PER", "country": "LOC", "capital": "LOC",
    "state_of": "LOC", "capital_1": "LOC", "capital_2": "LOC",
}  # fmt: skip
"""The slots whose words name a person or a place."""
