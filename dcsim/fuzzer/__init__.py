"""Some schedules: scenarios drawn at random, held against every invariant, and made as short as they can be."""
