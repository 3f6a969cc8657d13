"""The analysis of rulebooks: what they say, cell by cell, without any account. Nothing here runs a weekend."""
