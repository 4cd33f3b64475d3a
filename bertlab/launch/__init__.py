"""From a clone to a running course: installs what is missing and starts the command. Standard library only."""
