"""The values of which a weekend is made. They are only constructed here: no clock, no randomness, no I/O."""
