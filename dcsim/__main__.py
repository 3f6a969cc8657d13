"""`python -m dcsim`."""

from dcsim.cli.main import main

if __name__ == "__main__":
    main()
