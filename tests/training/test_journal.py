from bertlab.training.journal import Journal


def test_a_recipe_keeps_every_command_it_was_resumed_with(tmp_path):
    journal = Journal(tmp_path / "run")
    for command in ("first", "first", "second"):
        journal.begin(command, device="CPU", environment={})
    assert journal.recipe() == {"commands": ["first", "second"], "device": "CPU", "environment": {}}


def test_a_resumed_run_forgets_what_it_will_log_again(tmp_path):
    journal = Journal(tmp_path)
    assert journal.lines() == []
    for step in (100, 200, 300):
        journal.log(step=step, loss=step / 7)
    journal.rewind(200)
    assert journal.lines() == [{"step": 100, "loss": 14.29}, {"step": 200, "loss": 28.57}]
