"""How `study` sets up JupyterLab: its defaults, and the one way in which its server differs."""
