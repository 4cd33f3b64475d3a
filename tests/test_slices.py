"""Cells that are needed are found by names, backward from a view and forward from a cause."""

from tests.slices import affected, defined_and_used, needed


class TestWhatAViewNeeds:
    def test_the_cells_that_define_what_it_uses_and_no_training(self):
        sources = ["import torch", "model = load()", "for _ in train(model):\n    pass", "live_view(model)", "y = 1"]
        assert needed(sources) == [1, 3]

    def test_names_are_followed_back_to_their_last_definition(self):
        sources = ["a = 1", "a = 2", "def f():\n    return a", "live_view(f())", "a = 3"]
        assert needed(sources) == [1, 2, 3]

    def test_what_adds_to_a_name_needs_what_began_it(self):
        assert needed(["x = 1", "x += 1", "%time x", "view = live_view(x)"]) == [0, 1, 3]

    def test_without_a_view_nothing_is_needed(self):
        assert needed(["x = 1", "print(x)"]) == []


def has_checkpoint(source):
    return "checkpoint(" in source


class TestNames:
    def test_what_a_cell_makes_itself_it_does_not_need(self):
        assert defined_and_used("for a in b:\n    print(a, c)") == ({"a"}, {"b", "c", "print"})

    def test_an_assignment_reads_before_it_writes(self):
        assert defined_and_used("x = x + 1") == ({"x"}, {"x"})
        assert defined_and_used("x = 1\nx += y") == ({"x"}, {"y"})

    def test_inner_names_stay_inside(self):
        assert defined_and_used("z = [a * b for a in c if a]") == ({"z"}, {"b", "c"})
        assert defined_and_used("def f(a):\n    b = a\n    return b + c") == ({"f"}, {"c"})


class TestWhatACauseReaches:
    def test_what_is_made_of_it_and_what_that_needs_besides(self):
        sources = ["import a", "m = checkpoint()", "t = 1", "s = train(t)", "n = a.f(m)", "n + 1"]
        assert affected(sources, has_checkpoint) == [0, 1, 4, 5]

    def test_what_a_cell_imports_is_not_reached(self):
        assert affected(["import a\nm = checkpoint()", "a.f()", "m"], has_checkpoint) == [0, 2]

    def test_a_name_that_is_given_another_value_is_no_longer_reached(self):
        assert affected(["m = checkpoint()", "m = 2", "m + 1"], has_checkpoint) == [0]
