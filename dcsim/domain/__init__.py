"""Values: what a weekend is made of. No behaviour beyond construction, no clock, no randomness, no I/O."""
