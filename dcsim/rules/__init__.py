"""The analysis of rulebooks: every cell of what they say, before any account exists. Nothing here runs a weekend."""
