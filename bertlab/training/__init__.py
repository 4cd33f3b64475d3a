"""The recipes that made the weights in `data/checkpoints`: nothing here is needed to take the course."""
