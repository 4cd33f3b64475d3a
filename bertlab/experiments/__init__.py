"""What takes longer than a notebook may: each module is a command that writes `data/results/<topic>.csv`."""
