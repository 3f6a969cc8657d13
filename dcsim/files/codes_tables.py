"""The codes of findings about tables: lists of accounts, logs and dumps."""

from __future__ import annotations

from collections.abc import Mapping

from dcsim.files.code import Code

TABLES: Mapping[str, Code] = {
    "DC175": Code(
        "no table",
        "The file is not the table that its suffix promises: CSV whose first row names the columns (.csv), JSON Lines "
        "(.jsonl, .ndjson) or Parquet (.parquet).",
        "id,kind\nU001,user,email",
        "Mend the row at the position given, or give the file the suffix of its format.",
    ),
    "DC176": Code(
        "Parquet is not installed",
        "Reading and writing Parquet needs the library pyarrow, which comes with the extra `parquet`.",
        "dcsim predict first.yaml --parquet monday.parquet",
        "Install it with `pip install 'dcsim[parquet]'`, or use CSV.",
    ),
}
