from bertlab.training.names import MEN, WOMEN, vary_names


def test_one_man_and_one_woman_take_their_places_throughout_a_line():
    words = vary_names("Tom told Mary that Tom would call.").split()
    assert words[0] == words[4] in MEN
    assert words[2] in WOMEN
    assert words[1] + words[3] + words[5] + words[6] == "toldthatwouldcall."


def test_the_same_line_gives_the_same_names_and_many_lines_give_many():
    lines = [f"Tom has {number} tomatoes." for number in range(500)]
    varied = [vary_names(line) for line in lines]
    assert varied == [vary_names(line) for line in lines]
    assert len({line.split()[0] for line in varied}) > 50
    assert all(line.endswith(" tomatoes.") for line in varied)


def test_other_lines_stay_as_they_are():
    assert vary_names("Tomorrow the tomcat sleeps.") == "Tomorrow the tomcat sleeps."
