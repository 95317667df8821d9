"""`python -m policylint`."""

from policylint.cli.main import run

if __name__ == "__main__":
    run()
