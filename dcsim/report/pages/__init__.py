"""Pages for a browser: values that say what a page shows, and templates that say how. Each page is one file."""
