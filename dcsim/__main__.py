"""`python -m dcsim`."""

if __name__ == "__main__":
    try:
        from dcsim.cli.main import main
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    main()
