"""`python -m dcsim`."""

from dcsim.cli import signals

if __name__ == "__main__":
    signals.at_once()
    from dcsim.cli.main import main

    main()
