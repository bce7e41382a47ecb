"""``python -m causeway``: the command, also where its script is not on the path."""

from causeway.cli import app

if __name__ == "__main__":
    app(prog_name="causeway")
